import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linodeCall, makeLinode, refusal } from "./cloud-linode-support.ts";
import { TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

const call = (method: string, path: string, body?: unknown) =>
  linodeCall(cloud, method, path, body);

const anyone = { ipv4: ["0.0.0.0/0"], ipv6: ["::/0"] };
const ssh = { action: "ACCEPT", label: "ssh", protocol: "TCP", ports: "22", addresses: anyone };
const shut = { inbound_policy: "DROP", outbound_policy: "ACCEPT", inbound: [ssh], outbound: null };

const makeFirewall = (changes: object = {}) =>
  call("POST", "/v4/networking/firewalls", { label: "nodes", rules: shut, ...changes });

const machineRules = (id = "m6000001") =>
  cloud.hypervisor.policy.machines.find((machine) => machine.id === id);

describe("a firewall", () => {
  it("repeats its rules as they were given, with all that was left out left out", async () => {
    const rules = {
      ...shut,
      inbound: [
        { ...ssh, ports: "22, 6443-6444" },
        { action: "ACCEPT", label: "ping", protocol: "ICMP", addresses: { ipv4: ["10.0.0.0/8"] } },
      ],
      outbound: [],
    };
    const made = await makeFirewall({ rules, tags: ["k8s"], devices: {} });
    expect(made.body).toMatchObject({ label: "nodes", status: "enabled", tags: ["k8s"] });
    const path = `/v4/networking/firewalls/${made.body.id}`;
    const answered = (await call("GET", `${path}/rules`)).body;
    expect(answered).toEqual({
      ...rules,
      inbound: rules.inbound.map((rule) => ({ ...rule, description: "" })),
      version: 1,
      fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) as unknown,
    });
    expect((await call("GET", path)).body.rules).toEqual(answered);
    const next = (await call("PUT", `${path}/rules`, shut))
      .body as unknown as typeof made.body.rules;
    expect(next.version).toBe(2);
    expect(next.fingerprint).not.toBe(made.body.rules.fingerprint);
    expect((await call("DELETE", path)).body).toEqual({});
    expect((await call("DELETE", path)).status).toBe(404);
  });

  it("lets in what its rules accept, once a Linode is behind it", async () => {
    const id = await makeLinode(cloud);
    expect(machineRules()?.firewalled).toBe(false);
    const rules = { ...shut, inbound: [{ ...ssh, ports: "22,6443-6444" }] };
    const { body } = await makeFirewall({ rules });
    const path = `/v4/networking/firewalls/${body.id}`;
    expect(machineRules()?.firewalled).toBe(false);
    const device = await call("POST", `${path}/devices`, { id, type: "linode" });
    expect(device.body).toMatchObject({
      entity: { id, type: "linode", label: "worker-1", url: `/v4/linode/instances/${id}` },
    });
    expect(machineRules()).toMatchObject({
      firewalled: true,
      inbound: [
        { protocol: "tcp", ports: [22, 22], cidrs: ["0.0.0.0/0"] },
        { protocol: "tcp", ports: [6443, 6444], cidrs: ["0.0.0.0/0"] },
      ],
      outbound: [
        { protocol: "tcp", ports: null, cidrs: ["0.0.0.0/0"] },
        { protocol: "udp", ports: null, cidrs: ["0.0.0.0/0"] },
        { protocol: "icmp", ports: null, cidrs: ["0.0.0.0/0"] },
      ],
    });

    await call("PUT", path, { status: "disabled", tags: ["off"] });
    expect(machineRules()?.firewalled).toBe(false);
    await call("PUT", path, { status: "enabled" });
    expect(machineRules()?.firewalled).toBe(true);
    await call("DELETE", `${path}/devices/${device.body.id}`);
    expect(machineRules()?.firewalled).toBe(false);
    expect((await call("GET", `${path}/devices/${device.body.id}`)).status).toBe(404);
  });

  it("lets the first rule that fits decide", async () => {
    const id = await makeLinode(cloud);
    const rules = {
      inbound_policy: "ACCEPT",
      outbound_policy: "DROP",
      inbound: [
        { ...ssh, addresses: { ipv4: ["10.0.0.0/8"] } },
        { ...ssh, action: "DROP", label: "no-ssh" },
      ],
      outbound: [
        { ...ssh, action: "DROP", label: "not-there", addresses: { ipv4: ["192.0.2.128/25"] } },
        { ...ssh, addresses: { ipv4: ["192.0.2.0/24"] } },
      ],
    };
    await makeFirewall({ rules, devices: { linodes: [id] } });
    expect(machineRules()).toMatchObject({
      inbound: [
        { protocol: "tcp", ports: [22, 22], cidrs: ["10.0.0.0/8"] },
        { protocol: "tcp", ports: [0, 21], cidrs: ["0.0.0.0/0"] },
        { protocol: "tcp", ports: [23, 65_535], cidrs: ["0.0.0.0/0"] },
        { protocol: "udp", ports: null },
        { protocol: "icmp", ports: null },
      ],
      outbound: [{ protocol: "tcp", ports: [22, 22], cidrs: ["192.0.2.0/25"] }],
    });
  });

  it("is the only one of a Linode, also from its birth, and goes with it", async () => {
    const { body } = await makeFirewall();
    const id = await makeLinode(cloud, { firewall_id: body.id });
    const devices = `/v4/networking/firewalls/${body.id}/devices`;
    expect((await call("GET", devices)).body.data).toMatchObject([{ entity: { id } }]);
    const firewalls = await call("GET", `/v4/linode/instances/${id}/firewalls`);
    expect(firewalls.body.data).toMatchObject([{ id: body.id }]);
    const second = await makeFirewall({ label: "other" });
    const again = await call("POST", `/v4/networking/firewalls/${second.body.id}/devices`, {
      id,
      type: "linode",
    });
    expect(refusal(again)).toEqual([
      400,
      "id",
      `Linode ${id} is already assigned to firewall nodes`,
    ]);
    await call("DELETE", `/v4/linode/instances/${id}`);
    await cloud.cloud.idle();
    expect((await call("GET", devices)).body.data).toEqual([]);
  });

  it.each([
    [{ protocol: "SCTP" }, "inbound[0].protocol", "Must be one of TCP, UDP, ICMP, IPENCAP"],
    [
      { protocol: "IPENCAP" },
      "inbound[0].protocol",
      /^protocol IPENCAP .* not available in the lab/,
    ],
    [{ action: "REJECT" }, "inbound[0].action", "Must be one of ACCEPT, DROP"],
    [{ protocol: "ICMP" }, "inbound[0].ports", "Ports are not allowed for ICMP protocols"],
    [{ ports: "0" }, "inbound[0].ports", /^Ports must be 1-65535/],
    [{ ports: "9-8" }, "inbound[0].ports", /^Ports must be 1-65535/],
    [{ addresses: {} }, "inbound[0].addresses", "Must have at least one address"],
    [{ addresses: { ipv4: ["x"] } }, "inbound[0].addresses", /only valid IPv4/],
    [{ label: "ab" }, "label", "Length must be 3-32 characters"],
  ])("is refused for a rule with %j", async (changes, field, reason) => {
    const rules = { ...shut, inbound: [{ ...ssh, ...changes }] };
    expect(refusal(await makeFirewall({ label: "bad", rules }))).toEqual([
      400,
      field,
      typeof reason === "string" ? reason : (expect.stringMatching(reason) as unknown),
    ]);
    expect((await call("GET", "/v4/networking/firewalls")).body.results).toBe(0);
  });

  it("has a label of its own and at most 25 rules", async () => {
    await makeFirewall();
    expect(refusal(await makeFirewall())[2]).toBe("Label must be unique among your firewalls");
    const inbound = Array.from({ length: 26 }, (_, index) => ({ ...ssh, label: `rule-${index}` }));
    expect(refusal(await makeFirewall({ label: "big", rules: { ...shut, inbound } }))[2]).toBe(
      "A firewall may have at most 25 rules",
    );
  });
});
