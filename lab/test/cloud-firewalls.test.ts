import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDroplet, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
  await cloud.call("POST", "/v2/tags", { name: "k8s" });
});
afterEach(() => cloud.stop());

const rules = {
  inbound_rules: [
    { protocol: "tcp", ports: "22", sources: { addresses: ["192.0.2.7", "::/0"] } },
    { protocol: "udp", ports: "all", sources: { tags: ["k8s"] } },
    { protocol: "tcp", ports: "1-65535", sources: { droplet_ids: [1001] } },
    { protocol: "icmp", sources: { tags: ["k8s"] } },
  ],
  outbound_rules: [
    { protocol: "tcp", ports: "443", destinations: { addresses: ["0.0.0.0/0", "::/0"] } },
  ],
};
const plain = {
  name: "nodes",
  inbound_rules: [{ protocol: "tcp", ports: "22", sources: { addresses: ["0.0.0.0/0"] } }],
  outbound_rules: null,
  droplet_ids: null,
  tags: [] as string[],
};
const make = (firewall: object) => cloud.call("POST", "/v2/firewalls", firewall);
const policyOf = (id: string) =>
  cloud.hypervisor.policy.machines.find((machine) => machine.id === id);

describe("a firewall", () => {
  it("comes back as it was asked for, all ports as 0", async () => {
    await makeDroplet(cloud, { tags: ["k8s"] });
    const made = await make({ ...plain, ...rules, tags: ["k8s"] });
    expect(made.status).toBe(202);
    expect(made.body.firewall).toMatchObject({
      name: "nodes",
      status: "succeeded",
      pending_changes: [],
      droplet_ids: [],
      tags: ["k8s"],
    });
    expect(made.body.firewall.inbound_rules).toEqual([
      { protocol: "tcp", ports: "22", sources: { addresses: ["192.0.2.7", "::/0"] } },
      { protocol: "udp", ports: "0", sources: { tags: ["k8s"] } },
      { protocol: "tcp", ports: "1-65535", sources: { droplet_ids: [1001] } },
      { protocol: "icmp", ports: "0", sources: { tags: ["k8s"] } },
    ]);
    const { body } = await cloud.call("GET", `/v2/firewalls/${made.body.firewall.id}`);
    expect(body.firewall).toEqual(made.body.firewall);
  });

  it("is in force for the droplets of its tag, with IPv4 peers and the members' addresses", async () => {
    await makeDroplet(cloud, { tags: ["k8s"] });
    await makeDroplet(cloud, { name: "other" });
    await make({ ...plain, ...rules, tags: ["k8s"] });
    const members = ["10.240.1.1/32", "10.100.0.2/32"];
    expect(policyOf("m1001")).toMatchObject({
      firewalled: true,
      publicIp: "10.240.1.1",
      privateIp: "10.100.0.2",
      inbound: [
        { protocol: "tcp", ports: [22, 22], cidrs: ["192.0.2.7/32"] },
        { protocol: "udp", ports: null, cidrs: members },
        { protocol: "tcp", ports: [1, 65_535], cidrs: members },
        { protocol: "icmp", ports: null, cidrs: members },
      ],
      outbound: [{ protocol: "tcp", ports: [443, 443], cidrs: ["0.0.0.0/0"] }],
    });
    expect(policyOf("m1002")).toMatchObject({ firewalled: false, inbound: [], outbound: [] });
  });

  it("follows its tag: new members, droplets tagged later, and those that leave", async () => {
    await make({ ...plain, ...rules, inbound_rules: [rules.inbound_rules[1]], tags: ["k8s"] });
    const id = await makeDroplet(cloud);
    expect(policyOf("m1001")?.firewalled).toBe(false);
    const resources = [{ resource_id: String(id), resource_type: "droplet" }];
    await cloud.call("POST", "/v2/tags/k8s/resources", { resources });
    expect(policyOf("m1001")?.firewalled).toBe(true);

    await makeDroplet(cloud, { name: "worker-1", tags: ["k8s"] });
    const peers = () => policyOf("m1001")?.inbound[0]?.cidrs;
    expect(peers()).toContain("10.240.1.2/32");
    await cloud.call("DELETE", "/v2/droplets/1002");
    await cloud.cloud.idle();
    expect(peers()).toEqual(["10.240.1.1/32", "10.100.0.2/32"]);
    await cloud.call("DELETE", "/v2/tags/k8s");
    expect(policyOf("m1001")?.firewalled).toBe(false);
  });

  it("adds what it allows to what others allow", async () => {
    const id = await makeDroplet(cloud);
    await make({ ...plain, droplet_ids: [id] });
    await make({
      ...plain,
      name: "web",
      inbound_rules: [{ protocol: "tcp", ports: "80", sources: { addresses: ["0.0.0.0/0"] } }],
      droplet_ids: [id],
    });
    expect(policyOf("m1001")?.inbound.map(({ ports }) => ports)).toEqual([
      [22, 22],
      [80, 80],
    ]);
  });

  it("is replaced whole by an update, and no longer in force once deleted", async () => {
    const droplet = await makeDroplet(cloud);
    const { id } = (await make({ ...plain, droplet_ids: [droplet] })).body.firewall;
    const updated = await cloud.call("PUT", `/v2/firewalls/${id}`, {
      ...plain,
      inbound_rules: null,
      outbound_rules: rules.outbound_rules,
      droplet_ids: [droplet],
    });
    expect(updated.status).toBe(200);
    expect(updated.body.firewall).toMatchObject({ id, inbound_rules: [] });
    expect(policyOf("m1001")).toMatchObject({ inbound: [], outbound: [{ ports: [443, 443] }] });
    expect((await cloud.call("DELETE", `/v2/firewalls/${id}`)).status).toBe(204);
    expect(policyOf("m1001")?.firewalled).toBe(false);
    expect((await cloud.call("GET", `/v2/firewalls/${id}`)).status).toBe(404);
  });

  it("is not there when it could not be put in force", async () => {
    await makeDroplet(cloud, { tags: ["k8s"] });
    cloud.hypervisor.failing = "applyFirewall";
    const failed = await make({ ...plain, tags: ["k8s"] });
    expect([failed.status, failed.body.id]).toEqual([500, "server_error"]);
    cloud.hypervisor.failing = null;
    expect((await cloud.call("GET", "/v2/firewalls")).body.firewalls).toEqual([]);
    expect((await make({ ...plain, tags: ["k8s"] })).status).toBe(202);
  });

  const rule = (changes: object) => ({
    inbound_rules: [{ ...plain.inbound_rules[0], ...changes }],
  });
  it.each([
    [{ tags: ["nobody"] }, "tag nobody does not exist"],
    [rule({ sources: { tags: ["nobody"] } }), "tag nobody does not exist"],
    [rule({ ports: "80,443" }), "invalid port range"],
    [rule({ ports: "90-80" }), "invalid port range"],
    [rule({ ports: "0-70000" }), "invalid port range"],
    [rule({ ports: undefined }), "invalid port range"],
    [rule({ protocol: "sctp" }), "invalid protocol"],
    [rule({ sources: { addresses: ["10.0.0.0/33"] } }), "invalid address"],
    [rule({ sources: { kubernetes_ids: ["k"] } }), "sources.kubernetes_ids of a firewall"],
    [{ inbound_rules: [] }, "at least one rule is required"],
    [{ droplet_ids: [7] }, "droplet 7 does not exist"],
    [{ name: "a_b" }, "firewall name must match"],
  ])("%j is refused", async (changes, message) => {
    const { status, body } = await make({ ...plain, ...changes });
    expect(status).toBe(422);
    expect(body.message).toContain(message);
  });

  it("of a taken name is refused", async () => {
    await make(plain);
    const { status, body } = await make(plain);
    expect([status, body.message]).toEqual([409, "duplicate name"]);
  });
});
