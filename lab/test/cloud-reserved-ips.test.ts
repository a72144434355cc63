import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDroplet, sampleOrder, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
/** Lets the hypervisor go on, in a test that holds it. */
let release: () => void;
beforeEach(async () => {
  release = () => undefined;
  cloud = await new TestCloud().start();
});
afterEach(async () => {
  release();
  await cloud.stop();
});

const path = "/v2/reserved_ips";
const reserve = (body: object = { region: "fra1" }) => cloud.call("POST", path, body);
const act = (ip: string, body: object) => cloud.call("POST", `${path}/${ip}/actions`, body);
const assign = (ip: string, droplet: number) => act(ip, { type: "assign", droplet_id: droplet });
const read = async (ip: string) => (await cloud.call("GET", `${path}/${ip}`)).body.reserved_ip;
/** Reserved addresses that lead to a machine, by the policy in force. */
const leadTo = (machine: string) =>
  cloud.hypervisor.policy.machines.find(({ id }) => id === machine)?.reservedIps;

describe("a reserved IP", () => {
  it("is made, listed, read and deleted", async () => {
    const made = await reserve();
    expect(made.status).toBe(202);
    expect(made.body.reserved_ip).toMatchObject({
      ip: "10.240.240.1",
      region: { slug: "fra1", name: "Frankfurt 1" },
      droplet: null,
      locked: false,
    });
    expect((await reserve()).body.reserved_ip.ip).toBe("10.240.240.2");
    const { body } = await cloud.call("GET", `${path}?per_page=1`);
    expect(body.reserved_ips).toEqual([made.body.reserved_ip]);
    expect(body.meta.total).toBe(2);

    expect(await read("10.240.240.1")).toEqual(made.body.reserved_ip);
    expect((await cloud.call("DELETE", `${path}/10.240.240.1`)).status).toBe(204);
    expect((await cloud.call("GET", `${path}/10.240.240.1`)).status).toBe(404);
    expect((await cloud.call("DELETE", `${path}/10.240.240.1`)).status).toBe(404);
  });

  it("leads to a droplet from its assignment until it is taken off", async () => {
    const droplet = await makeDroplet(cloud);
    const { ip } = (await reserve()).body.reserved_ip;
    expect(leadTo("m1001")).toEqual([]);

    const { status, body } = await assign(ip, droplet);
    expect(status).toBe(201);
    expect(body.action).toMatchObject({ type: "assign_ip", status: "in-progress" });
    expect(leadTo("m1001")).toEqual([ip]);
    expect((await read(ip)).droplet?.id).toBe(droplet);
    const look = await cloud.call("GET", `${path}/${ip}/actions/${body.action.id}`);
    expect(look.body.action).toMatchObject({ status: "completed", resource_type: "reserved_ip" });
    expect(look.body.action.completed_at).not.toBeNull();

    expect((await act(ip, { type: "unassign" })).body.action.type).toBe("unassign_ip");
    expect(leadTo("m1001")).toEqual([]);
    const { actions } = (await cloud.call("GET", `${path}/${ip}/actions`)).body;
    expect(actions.map(({ type }) => type)).toEqual(["unassign_ip", "assign_ip"]);
  });

  it("made for a droplet is in its region and leads to it", async () => {
    const droplet = await makeDroplet(cloud);
    const { body } = await reserve({ droplet_id: droplet });
    expect(body.reserved_ip).toMatchObject({ region: { slug: "fra1" }, droplet: { id: droplet } });
    expect(leadTo("m1001")).toEqual(["10.240.240.1"]);
  });

  it("moves to another droplet, and survives the one it led to", async () => {
    const [first, second] = [await makeDroplet(cloud), await makeDroplet(cloud, { name: "two" })];
    const { ip } = (await reserve({ droplet_id: first })).body.reserved_ip;
    expect((await assign(ip, second)).status).toBe(201);
    expect([leadTo("m1001"), leadTo("m1002")]).toEqual([[], [ip]]);

    await cloud.call("DELETE", `/v2/droplets/${second}`);
    await cloud.cloud.idle();
    expect((await read(ip)).droplet).toBeNull();
    expect((await act(ip, { type: "unassign" })).status).toBe(422);
    expect((await assign(ip, first)).status).toBe(201);
  });

  it("leaves the droplet's own addresses as they are", async () => {
    const droplet = await makeDroplet(cloud);
    const networks = async () =>
      (await cloud.call("GET", `/v2/droplets/${droplet}`)).body.droplet.networks;
    const before = await networks();
    await reserve({ droplet_id: droplet });
    expect(await networks()).toEqual(before);
  });

  it("is kept over a restart of the cloud", async () => {
    await reserve({ droplet_id: await makeDroplet(cloud) });
    await cloud.restart();
    expect(leadTo("m1001")).toEqual(["10.240.240.1"]);
  });

  it("is refused in a closed region", async () => {
    const { status, body } = await reserve({ region: "nyc2" });
    expect([status, body.message]).toEqual([422, "Region is not available"]);
  });

  it.each<[string, () => Promise<object>, string]>([
    ["a droplet that does not exist", () => Promise.resolve({ droplet_id: 7 }), "does not exist"],
    [
      "a droplet of another region",
      async () => ({ droplet_id: await makeDroplet(cloud, { region: "ams3" }) }),
      "must be in the same region",
    ],
    [
      "a droplet that has one",
      async () => {
        const droplet = await makeDroplet(cloud);
        await reserve({ droplet_id: droplet });
        return { droplet_id: droplet };
      },
      "already has a reserved IP",
    ],
    [
      "a droplet that is being made",
      async () => {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        cloud.hypervisor.gate = promise;
        release = () => {
          resolve(undefined);
        };
        const order = await cloud.call("POST", "/v2/droplets", sampleOrder);
        return { droplet_id: order.body.droplet.id };
      },
      "already has a pending event",
    ],
  ])("is not assigned to %s", async (_, prepare, message) => {
    const { ip } = (await reserve()).body.reserved_ip;
    const { status, body } = await act(ip, { type: "assign", ...(await prepare()) });
    expect(status).toBe(422);
    expect(body.message).toContain(message);
    expect((await read(ip)).droplet).toBeNull();
  });

  it("knows no other actions, and none of another address", async () => {
    const { ip } = (await reserve()).body.reserved_ip;
    expect((await act(ip, { type: "swap" })).status).toBe(422);
    expect((await act("10.240.240.9", { type: "unassign" })).status).toBe(404);
    expect((await cloud.call("GET", `${path}/${ip}/actions/1`)).status).toBe(404);
  });
});
