import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDroplet, sampleKey, sampleOrder, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

const order = (changes: object = {}) =>
  cloud.call("POST", "/v2/droplets", { ...sampleOrder, ...changes });

describe("a droplet", () => {
  it("is new, locked and without addresses until it was booted, then active", async () => {
    let boot = (): void => undefined;
    cloud.hypervisor.gate = new Promise((resolve) => {
      boot = resolve;
    });
    const ordered = await order();
    expect(ordered.status).toBe(202);
    expect(ordered.body.droplet).toMatchObject({
      status: "new",
      locked: true,
      networks: { v4: [], v6: [] },
    });

    boot();
    await cloud.cloud.idle();
    const { body } = await cloud.call("GET", `/v2/droplets/${ordered.body.droplet.id}`);
    expect(body.droplet).toMatchObject({
      id: 1001,
      name: "master-1",
      memory: 1024,
      vcpus: 1,
      disk: 25,
      locked: false,
      status: "active",
      size: { slug: "s-1vcpu-1gb", price_monthly: 6 },
      size_slug: "s-1vcpu-1gb",
      region: { slug: "fra1" },
      image: { slug: "debian-12-x64" },
      features: ["droplet_agent", "private_networking"],
    });
    expect(body.droplet.networks.v4).toEqual([
      {
        ip_address: "10.100.0.2",
        netmask: "255.255.240.0",
        gateway: "10.100.0.1",
        type: "private",
      },
      { ip_address: "10.240.1.1", netmask: "255.255.0.0", gateway: "10.240.0.1", type: "public" },
    ]);
  });

  it("becomes a machine with its keys, user data and addresses", async () => {
    const key = await cloud.call("POST", "/v2/account/keys", {
      name: "operator",
      public_key: sampleKey.text,
    });
    const vpc = await cloud.call("POST", "/v2/vpcs", {
      name: "hw",
      region: "fra1",
      ip_range: "10.10.0.0/20",
    });
    await makeDroplet(cloud, {
      ssh_keys: [key.body.ssh_key.id, sampleKey.fingerprint],
      user_data: "#cloud-config\n",
      vpc_uuid: vpc.body.vpc.id,
    });
    expect(cloud.hypervisor.machines.get("m1001")?.spec).toEqual({
      id: "m1001",
      hostname: "master-1",
      image: "debian-12",
      vcpus: 1,
      memoryMib: 1024,
      publicIp: "10.240.1.1",
      privateIp: "10.10.0.2",
      privateCidr: "10.10.0.0/20",
      userData: "#cloud-config\n",
      authorizedKeys: [sampleKey.text, sampleKey.text],
    });
  });

  it("is known to the firewalls before it boots", async () => {
    await makeDroplet(cloud);
    const { calls } = cloud.hypervisor;
    expect(calls.lastIndexOf("applyFirewall")).toBeLessThan(calls.indexOf("create m1001"));
    expect(cloud.hypervisor.policy.machines).toMatchObject([{ id: "m1001", firewalled: false }]);
  });

  it("never shows its user data again, and the log does not either", async () => {
    const id = await makeDroplet(cloud, { user_data: "#cloud-config\nsecret: s3cr3t\n" });
    const { body } = await cloud.call("GET", `/v2/droplets/${id}`);
    expect(JSON.stringify(body)).not.toContain("s3cr3t");
    expect(cloud.log.join("\n")).not.toContain("s3cr3t");
  });

  it("takes the lowest addresses that are free", async () => {
    const first = await makeDroplet(cloud);
    await makeDroplet(cloud, { name: "worker-1" });
    await cloud.call("DELETE", `/v2/droplets/${first}`);
    await cloud.cloud.idle();
    await makeDroplet(cloud, { name: "worker-2" });
    const { body } = await cloud.call("GET", "/v2/droplets");
    expect(body.droplets.map(({ id, networks }) => [id, networks.v4[1]?.ip_address])).toEqual([
      [1002, "10.240.1.2"],
      [1003, "10.240.1.1"],
    ]);
  });

  it("that cannot be booted ends in a state that clients give up on, and can be deleted", async () => {
    cloud.hypervisor.failing = "create";
    const id = await makeDroplet(cloud);
    const failed = await cloud.call("GET", `/v2/droplets/${id}`);
    expect(failed.body.droplet).toMatchObject({ status: "archive", locked: false });
    const { body } = await cloud.call("GET", `/v2/droplets/${id}/actions`);
    expect(body.actions).toMatchObject([{ type: "create", status: "errored" }]);
    expect(cloud.log.join("\n")).toContain("create on 1001 failed: Error: create broke");

    await cloud.call("DELETE", `/v2/droplets/${id}`);
    await cloud.cloud.idle();
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).status).toBe(404);
  });

  it("is gone when its machine is", async () => {
    const id = await makeDroplet(cloud);
    let end = (): void => undefined;
    cloud.hypervisor.gate = new Promise((resolve) => {
      end = resolve;
    });
    expect((await cloud.call("DELETE", `/v2/droplets/${id}`)).status).toBe(204);
    const leaving = await cloud.call("GET", `/v2/droplets/${id}`);
    expect(leaving.body.droplet).toMatchObject({ status: "active", locked: false });
    end();
    await cloud.cloud.idle();
    const gone = await cloud.call("GET", `/v2/droplets/${id}`);
    expect(gone.status).toBe(404);
    expect(gone.body).toMatchObject({
      id: "not_found",
      message: "The resource you were accessing could not be found.",
    });
    expect(cloud.hypervisor.machines.size).toBe(0);
    expect((await cloud.call("DELETE", `/v2/droplets/${id}`)).status).toBe(404);
  });

  it("is found by tag and by name", async () => {
    await makeDroplet(cloud, { tags: ["hardway-dev"] });
    await makeDroplet(cloud, { name: "other" });
    const byTag = await cloud.call("GET", "/v2/droplets?tag_name=Hardway-Dev");
    expect(byTag.body.droplets.map(({ name }) => name)).toEqual(["master-1"]);
    const byName = await cloud.call("GET", "/v2/droplets?name=other");
    expect(byName.body.droplets.map(({ name }) => name)).toEqual(["other"]);
  });
});

describe("an order for a droplet", () => {
  it.each([
    [{ size: "s-1vcpu-1tb" }, "You specified an invalid size for Droplet creation."],
    [{ size: "s-1vcpu-512mb-10gb", region: "nyc3" }, "Size is not available in this region."],
    [{ image: "debian-99-x64" }, "You specified an invalid image for Droplet creation."],
    [{ image: "debian-13-x64" }, "image debian-13-x64 is not available in the lab's cloud"],
    [{ region: "fra9" }, "Region is not available"],
    [{ region: "nyc2" }, "Region is not available"],
    [{ name: "master_1" }, "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)"],
    [{ ssh_keys: ["aa:bb"] }, "aa:bb are invalid key identifiers for Droplet creation."],
    [{ vpc_uuid: "nowhere" }, "VPC nowhere does not exist"],
    [{ ipv6: true }, "ipv6 is not available in the lab's cloud"],
    [{ backups: true }, "backups is not available in the lab's cloud"],
    [{ volumes: [{ id: "v" }] }, "volumes is not available in the lab's cloud"],
    [{ user_data: "x".repeat(65_537) }, "user_data is too long (maximum is 64 KiB)"],
    [{ tags: ["a b"] }, "tags may contain lowercase letters"],
  ])("%j is refused", async (changes, message) => {
    const { status, body } = await order(changes);
    expect(status).toBe(422);
    expect(body.id).toBe("unprocessable_entity");
    expect(body.message).toContain(message);
    expect((await cloud.call("GET", "/v2/droplets")).body.droplets).toEqual([]);
  });

  it("into a VPC of another region is refused", async () => {
    const vpc = await cloud.call("POST", "/v2/vpcs", { name: "ams", region: "ams3" });
    const { body } = await order({ vpc_uuid: vpc.body.vpc.id });
    expect(body.message).toContain("is in region ams3, the Droplet in fra1");
  });
});

describe("an action", () => {
  const act = (id: number, action: object) =>
    cloud.call("POST", `/v2/droplets/${id}/actions`, action);

  it.each([
    ["power_cycle", "reboot m1001", "active"],
    ["reboot", "reboot m1001", "active"],
    ["shutdown", "shutdown m1001", "off"],
    ["power_off", "powerOff m1001", "off"],
  ])("%s calls %s and leaves the droplet %s", async (type, call, status) => {
    const id = await makeDroplet(cloud);
    const started = await act(id, { type });
    expect(started.status).toBe(201);
    expect(started.body.action).toMatchObject({ type, resource_id: id, region_slug: "fra1" });
    await cloud.cloud.idle();
    expect(cloud.hypervisor.calls).toContain(call);
    const done = await cloud.call("GET", `/v2/actions/${started.body.action.id}`);
    expect(done.body.action.status).toBe("completed");
    expect(done.body.action.completed_at).not.toBeNull();
    const { body } = await cloud.call("GET", `/v2/droplets/${id}`);
    expect(body.droplet.status).toBe(status);
  });

  it("is refused while another one is under way", async () => {
    const id = await makeDroplet(cloud);
    let end = (): void => undefined;
    cloud.hypervisor.gate = new Promise((resolve) => {
      end = resolve;
    });
    await act(id, { type: "reboot" });
    const { status, body } = await act(id, { type: "power_off" });
    expect([status, body.message]).toEqual([422, "Droplet already has a pending event."]);
    const droplet = await cloud.call("GET", `/v2/droplets/${id}`);
    expect(droplet.body.droplet.locked).toBe(true);
    end();
  });

  it("power_off of a droplet that is off is refused with the text that clients know", async () => {
    const id = await makeDroplet(cloud);
    await act(id, { type: "power_off" });
    await cloud.cloud.idle();
    const { body } = await act(id, { type: "power_off" });
    expect(body.message).toBe("Droplet is already powered off.");
  });

  it("rename changes the name only", async () => {
    const id = await makeDroplet(cloud);
    const { body } = await act(id, { type: "rename", name: "master-2" });
    expect(body.action).toMatchObject({ type: "rename", status: "completed" });
    const droplet = await cloud.call("GET", `/v2/droplets/${id}`);
    expect(droplet.body.droplet.name).toBe("master-2");
    expect(cloud.hypervisor.machines.get("m1001")?.spec.hostname).toBe("master-1");
  });

  it("the lab cannot do is refused by name", async () => {
    const id = await makeDroplet(cloud);
    const { status, body } = await act(id, { type: "snapshot", name: "one" });
    expect([status, body.message]).toEqual([
      422,
      "action snapshot is not available in the lab's cloud",
    ]);
  });

  it("resizes a droplet that is off: its CPUs and memory, and its disk when asked", async () => {
    const id = await makeDroplet(cloud);
    const refused = await act(id, { type: "resize", size: "s-2vcpu-2gb" });
    expect(refused.body.message).toBe("Droplet must be powered off to be resized.");

    await act(id, { type: "power_off" });
    await cloud.cloud.idle();
    await act(id, { type: "resize", size: "s-2vcpu-2gb", disk: false });
    await cloud.cloud.idle();
    const read = async () => (await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet;
    expect(await read()).toMatchObject({ size_slug: "s-2vcpu-2gb", memory: 2048, disk: 25 });
    expect(cloud.hypervisor.machines.get("m1001")?.spec).toMatchObject({
      vcpus: 2,
      memoryMib: 2048,
    });

    await act(id, { type: "resize", size: "s-1vcpu-2gb", disk: true });
    await cloud.cloud.idle();
    expect(await read()).toMatchObject({ size_slug: "s-1vcpu-2gb", disk: 50, status: "off" });
    const { body } = await act(id, { type: "resize", size: "s-1vcpu-1gb" });
    expect(body.message).toContain("a disk cannot shrink");
  });

  it("from inside the machine is noticed: it is off", async () => {
    const id = await makeDroplet(cloud);
    const machine = cloud.hypervisor.machines.get("m1001");
    if (machine) machine.running = false;
    const { body } = await cloud.call("GET", `/v2/droplets/${id}`);
    expect(body.droplet.status).toBe("off");
    expect((await act(id, { type: "power_on" })).status).toBe(201);
  });
});
