import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  inSubnet,
  linodeCall,
  linodeOrder,
  makeLinode,
  makeSubnet,
  refusal,
} from "./cloud-linode-support.ts";
import { sampleKey, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

const call = (method: string, path: string, body?: unknown, filter?: object) =>
  linodeCall(cloud, method, path, body, filter);
const order = (changes: object = {}) =>
  call("POST", "/v4/linode/instances", { ...linodeOrder, ...changes });
const read = async (id: number) => (await call("GET", `/v4/linode/instances/${id}`)).body;
const events = async (filter: object = {}) =>
  (await call("GET", "/v4/account/events", undefined, filter)).body.data;

describe("a Linode", () => {
  it("is provisioned, booted, and then runs", async () => {
    let boot = (): void => undefined;
    cloud.hypervisor.gate = new Promise((resolve) => {
      boot = resolve;
    });
    const ordered = await order();
    expect([ordered.status, ordered.body.status]).toEqual([200, "provisioning"]);
    await expect.poll(async () => (await read(ordered.body.id)).status).toBe("booting");
    expect(await events({ action: "linode_create" })).toMatchObject([{ status: "started" }]);
    boot();
    await cloud.cloud.idle();
    expect(await read(ordered.body.id)).toMatchObject({
      id: 6_000_001,
      label: "worker-1",
      status: "running",
      ipv4: ["10.240.64.1"],
      specs: { disk: 25_600, memory: 1024, vcpus: 1, transfer: 1000 },
      has_user_data: false,
      interface_generation: "legacy_config",
    });
    expect((await read(ordered.body.id)).created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it("becomes a machine with its keys, user data and addresses", async () => {
    const { vpc, subnet } = await makeSubnet(cloud);
    await call("POST", "/v4/profile/sshkeys", { label: "operator", ssh_key: sampleKey.text });
    const userData = "#cloud-config\nhostname: ü\n";
    await makeLinode(cloud, {
      authorized_keys: [`${sampleKey.text} me\n`],
      authorized_users: ["lab"],
      metadata: { user_data: Buffer.from(userData).toString("base64") },
      interfaces: inSubnet(subnet, "10.0.0.17"),
    });
    expect(cloud.hypervisor.machines.get("m6000001")?.spec).toEqual({
      id: "m6000001",
      hostname: "worker-1",
      image: "debian-12",
      vcpus: 1,
      memoryMib: 1024,
      publicIp: "10.240.64.1",
      privateIp: "10.0.0.17",
      privateCidr: "10.0.0.0/24",
      userData,
      authorizedKeys: [`${sampleKey.text} me`, sampleKey.text],
    });
    expect(cloud.hypervisor.policy.machines).toMatchObject([
      { id: "m6000001", privateIp: "10.0.0.17", vpcId: String(vpc), firewalled: false },
    ]);
  });

  it("has its interfaces in the order of its order, and its addresses", async () => {
    const { vpc, subnet } = await makeSubnet(cloud);
    const [face, inside] = inSubnet(subnet);
    const nat = { ...inside, ipv4: { nat_1_1: "any" } };
    const id = await makeLinode(cloud, { interfaces: [face, nat] });
    const path = `/v4/linode/instances/${id}`;
    const [config] = (await call("GET", `${path}/configs`)).body.data;
    expect(config).toMatchObject({
      label: "My Debian 12 Disk Profile",
      interfaces: [
        { purpose: "public", primary: true, active: true, ipv4: null },
        {
          purpose: "vpc",
          primary: false,
          vpc_id: vpc,
          subnet_id: subnet,
          ipv4: { vpc: "10.0.0.2", nat_1_1: "10.240.64.1" },
          ip_ranges: [],
        },
      ],
    });
    expect((await call("GET", `${path}/ips`)).body.ipv4).toMatchObject({
      public: [{ address: "10.240.64.1", linode_id: id }],
      private: [],
      vpc: [{ address: "10.0.0.2", gateway: "10.0.0.1", prefix: 24, nat_1_1: "10.240.64.1" }],
    });
    expect((await call("GET", `${path}/disks`)).body.data).toMatchObject([
      { label: "Debian 12 Disk", filesystem: "ext4", size: 25_088, status: "ready" },
      { label: "512 MB Swap Image", filesystem: "swap", size: 512 },
    ]);
  });

  it("is changed in the cloud's books only", async () => {
    const id = await makeLinode(cloud);
    const path = `/v4/linode/instances/${id}`;
    const changes = { label: "worker-9", tags: ["k8s"], watchdog_enabled: false };
    expect((await call("PUT", path, changes)).body).toMatchObject(changes);
    expect((await call("PUT", path, { alerts: { cpu: 50 } })).body).toMatchObject({
      ...changes,
      alerts: { cpu: 50, io: 10_000 },
    });
    expect(cloud.hypervisor.machines.get("m6000001")?.spec.hostname).toBe("worker-1");
  });

  it("keeps its configuration when nothing else is asked, and refuses another network", async () => {
    const { subnet } = await makeSubnet(cloud);
    const id = await makeLinode(cloud, { interfaces: inSubnet(subnet, "10.0.0.9") });
    const configs = `/v4/linode/instances/${id}/configs`;
    const [config] = (await call("GET", configs)).body.data;
    const path = `${configs}/${config?.id}`;
    const same = { ...config, interfaces: null, label: "renamed" };
    expect((await call("PUT", path, same)).body).toEqual({ ...config, label: "renamed" });
    const again = { interfaces: inSubnet(subnet, "10.0.0.9") };
    expect((await call("PUT", path, again)).body.interfaces).toEqual(config?.interfaces);
    expect(refusal(await call("PUT", path, { interfaces: inSubnet(subnet, "10.0.0.8") }))).toEqual([
      400,
      "interfaces",
      "other interfaces of a Linode that exists is not available in the lab's cloud",
    ]);
    expect((await call("GET", `${configs}/1`)).status).toBe(404);
  });

  it("is gone once deleted, and the event that says so stays", async () => {
    const id = await makeLinode(cloud);
    const deleted = await call("DELETE", `/v4/linode/instances/${id}`);
    expect([deleted.status, deleted.body]).toEqual([200, {}]);
    await cloud.cloud.idle();
    expect((await call("GET", `/v4/linode/instances/${id}`)).status).toBe(404);
    expect(cloud.hypervisor.machines.size).toBe(0);
    const filter = {
      action: "linode_delete",
      "entity.id": id,
      "entity.type": "linode",
      "+order_by": "created",
      "+order": "desc",
    };
    const [event] = await events(filter);
    expect(event).toMatchObject({ status: "finished", entity: { id, label: "worker-1" } });
    expect((await call("GET", `/v4/account/events/${event?.id}`)).body).toEqual(event);
  });

  it.each([
    [{ label: "x" }, "label", "Length must be 3-64 characters"],
    [{ label: "a--b" }, "label", /^Must begin and end with a letter or digit/],
    [{ region: "mars" }, "region", "region is not valid"],
    [{ type: "g6-none" }, "type", "A valid plan type by that ID was not found"],
    [{ image: "linode/none" }, "image", "image is not valid"],
    [
      { image: "linode/debian13" },
      "image",
      /^image linode\/debian13 .* is not available in the lab/,
    ],
    [{ image: null }, "image", /^a Linode without image/],
    [{ root_pass: null }, "root_pass", "root_pass is required"],
    [{ booted: false }, "booted", /^booted false/],
    [{ private_ip: true }, "private_ip", /^private_ip/],
    [{ firewall_id: 9 }, "firewall_id", "Firewall not found"],
    [{ authorized_keys: ["no key"] }, "authorized_keys[0]", "SSH Key is not a valid public key"],
    [{ authorized_users: ["root"] }, "authorized_users", "User root does not exist"],
    [{ metadata: { user_data: "#cloud-config" } }, "metadata.user_data", "Must be base64 encoded"],
    [{ interfaces: [{ purpose: "vpc" }] }, "interfaces", /^a Linode with the interfaces vpc/],
    [{ tags: ["ab"] }, "tags", "Length must be 3-50 characters"],
  ])("is refused for %j", async (changes, field, reason) => {
    expect(refusal(await order(changes))).toEqual([
      400,
      field,
      typeof reason === "string" ? reason : (expect.stringMatching(reason) as unknown),
    ]);
    expect((await call("GET", "/v4/linode/instances")).body.results).toBe(0);
  });

  it("needs a label of its own, and gets one when it has none", async () => {
    await makeLinode(cloud);
    const reason = "Label must be unique among your linodes";
    expect(refusal(await order())).toEqual([400, "label", reason]);
    const other = await makeLinode(cloud, { label: undefined });
    expect((await read(other)).label).toBe(`linode${other}`);
    expect(
      refusal(await call("PUT", `/v4/linode/instances/${other}`, { label: "worker-1" })),
    ).toEqual([400, "label", reason]);
  });
});

describe("an action", () => {
  it("switches off, on, and off and on again, and leaves an event", async () => {
    const id = await makeLinode(cloud);
    const path = `/v4/linode/instances/${id}`;
    for (const [action, status] of [
      ["shutdown", "offline"],
      ["boot", "running"],
      ["reboot", "running"],
    ] as const) {
      const answer = await call("POST", `${path}/${action}`, null);
      expect([answer.status, answer.body]).toEqual([200, {}]);
      await cloud.cloud.idle();
      expect((await read(id)).status).toBe(status);
    }
    expect((await events()).map(({ action }) => action)).toEqual([
      "linode_reboot",
      "linode_boot",
      "linode_shutdown",
      "linode_boot",
      "linode_create",
    ]);
    const [config] = (await call("GET", `${path}/configs`)).body.data;
    expect((await events())[0]).toMatchObject({ secondary_entity: { id: config?.id } });
  });

  it("has to wait for the one before", async () => {
    const id = await makeLinode(cloud);
    const path = `/v4/linode/instances/${id}`;
    let goOn = (): void => undefined;
    cloud.hypervisor.gate = new Promise((resolve) => {
      goOn = resolve;
    });
    await call("POST", `${path}/reboot`);
    expect((await read(id)).status).toBe("rebooting");
    for (const [method, what] of [
      ["POST", "/shutdown"],
      ["DELETE", ""],
    ] as const) {
      expect(refusal(await call(method, path + what))).toEqual([400, undefined, "Linode busy."]);
    }
    goOn();
    await cloud.cloud.idle();
    expect((await call("DELETE", path)).status).toBe(200);
  });

  it("resizes a Linode that runs, its disk too unless that is declined", async () => {
    const id = await makeLinode(cloud);
    const path = `/v4/linode/instances/${id}`;
    const disk = async () => (await call("GET", `${path}/disks`)).body.data[0]?.size;
    cloud.hypervisor.calls.length = 0;
    await call("POST", `${path}/resize`, { type: "g6-standard-1", allow_auto_disk_resize: false });
    await cloud.cloud.idle();
    expect(cloud.hypervisor.calls).toEqual([
      "shutdown m6000001",
      "resize m6000001",
      "powerOn m6000001",
    ]);
    expect(cloud.hypervisor.machines.get("m6000001")?.spec.memoryMib).toBe(2048);
    expect(await read(id)).toMatchObject({ type: "g6-standard-1", status: "running" });
    expect(await disk()).toBe(25_088);

    await call("POST", `${path}/shutdown`);
    await cloud.cloud.idle();
    await call("POST", `${path}/resize`, { type: "g6-standard-2" });
    await cloud.cloud.idle();
    expect(await read(id)).toMatchObject({ type: "g6-standard-2", status: "offline" });
    expect(await disk()).toBe(81_408);
    const back = { type: "g6-nanode-1", allow_auto_disk_resize: false };
    expect(refusal(await call("POST", `${path}/resize`, back))[1]).toBe("type");
  });
});
