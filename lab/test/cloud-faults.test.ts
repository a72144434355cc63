import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Faults, type Fault } from "../cloud/faults.ts";
import { linodeCall, linodeOrder, makeLinode, refusal } from "./cloud-linode-support.ts";
import { makeDroplet, sampleOrder, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

function fail(fault: Partial<Fault> & Pick<Fault, "kind">): void {
  new Faults(cloud).add({ method: null, path: "/", times: 1, seconds: 0, ...fault });
}

const vpcs = async () => (await cloud.call("GET", "/v2/vpcs")).body.vpcs.length;
const statuses = async (count: number, method: string, path: string, body?: unknown) => {
  const all: number[] = [];
  for (let at = 0; at < count; at++) all.push((await cloud.call(method, path, body)).status);
  return all;
};

describe("a failure that was ordered", () => {
  it("happens as often as was said, where it was said, and nothing else happens", async () => {
    fail({ kind: "500", method: "POST", path: "/v2/vpcs", times: 2 });
    expect(await statuses(1, "GET", "/v2/vpcs")).toEqual([200]);
    expect(await statuses(1, "POST", "/v2/tags", { name: "k8s" })).toEqual([201]);
    expect(await statuses(3, "POST", "/v2/vpcs", { name: "hw", region: "fra1" })).toEqual([
      500, 500, 201,
    ]);
    expect(await vpcs()).toBe(1);
    expect(new Faults(cloud).list()).toEqual([]);
  });

  it("says when to come back: 429, in the words of each API", async () => {
    fail({ kind: "429", times: 2 });
    const droplets = await cloud.call("GET", "/v2/droplets");
    expect([droplets.status, droplets.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(droplets.body.id).toBe("too_many_requests");
    const linodes = await linodeCall(cloud, "GET", "/v4/linode/instances");
    expect([...refusal(linodes), linodes.headers.get("retry-after")]).toEqual([
      429,
      undefined,
      "Too many requests",
      "1",
    ]);
  });

  it("hides a droplet that was just made", async () => {
    const id = await makeDroplet(cloud);
    fail({ kind: "404", method: "GET", path: `/v2/droplets/${id}`, times: 2 });
    expect(await statuses(3, "GET", `/v2/droplets/${id}`)).toEqual([404, 404, 200]);
  });

  it("loses the answer to what was done", async () => {
    fail({ kind: "lost-answer", path: "/v2/droplets" });
    expect(await statuses(1, "GET", "/v2/droplets")).toEqual([200]);
    await expect(cloud.call("POST", "/v2/droplets", sampleOrder)).rejects.toThrow("fetch failed");
    await cloud.cloud.idle();
    const { body } = await cloud.call("GET", "/v2/droplets");
    expect(body.droplets).toMatchObject([{ name: "master-1", status: "active" }]);
  });

  it("says that a Linode is busy, and never so of a Droplet", async () => {
    const id = await makeLinode(cloud);
    fail({ kind: "linode-busy" });
    expect(await statuses(1, "POST", "/v2/tags", { name: "k8s" })).toEqual([201]);
    const path = `/v4/linode/instances/${id}`;
    expect((await linodeCall(cloud, "GET", path)).status).toBe(200);
    expect(refusal(await linodeCall(cloud, "POST", `${path}/reboot`))).toEqual([
      400,
      undefined,
      "Linode busy.",
    ]);
    expect((await linodeCall(cloud, "POST", `${path}/reboot`)).status).toBe(200);
  });

  it("keeps a machine from booting for a while", async () => {
    fail({ kind: "slow-boot", seconds: 0.2 });
    const started = performance.now();
    const { body } = await linodeCall(cloud, "POST", "/v4/linode/instances", linodeOrder);
    await linodeCall(cloud, "GET", "/v4/profile"); // one turn of the daemon later
    const path = `/v4/linode/instances/${body.id}`;
    expect((await linodeCall(cloud, "GET", path)).body.status).toBe("provisioning");
    await cloud.cloud.idle();
    expect(performance.now() - started).toBeGreaterThan(190);
    expect((await linodeCall(cloud, "GET", path)).body.status).toBe("running");
  });
});
