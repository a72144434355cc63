import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDroplet, sampleOrder, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

describe("the API", () => {
  it("takes the lab's token only", async () => {
    for (const token of ["", "test-tokem", "test-token "]) {
      const { status, body } = await cloud.call("GET", "/v2/account", undefined, `x${token}`);
      expect(status).toBe(401);
      expect(body).toEqual({ id: "Unauthorized", message: "Unable to authenticate you" });
    }
    expect((await cloud.call("GET", "/v2/account")).status).toBe(200);
  });

  it("names every request and counts it", async () => {
    const { headers } = await cloud.call("GET", "/v2/regions");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("ratelimit-limit")).toBe("5000");
    const next = await cloud.call("GET", "/v2/regions");
    expect(Number(next.headers.get("ratelimit-remaining"))).toBe(
      Number(headers.get("ratelimit-remaining")) - 1,
    );
    const error = await cloud.call("GET", "/v2/droplets/1");
    expect(error.body.request_id).toBe(error.headers.get("x-request-id"));
  });

  it("says which call it does not have", async () => {
    const { status, body } = await cloud.call("POST", "/v2/load_balancers", {});
    expect([status, body.message]).toEqual([
      501,
      "POST /v2/load_balancers is not available in the lab's cloud",
    ]);
  });

  it("refuses a body that is no JSON object, and members of another type", async () => {
    const response = await fetch(`${cloud.cloud.url}/v2/tags`, {
      method: "POST",
      headers: { authorization: "Bearer test-token" },
      body: "{",
    });
    expect(response.status).toBe(400);
    const { status, body } = await cloud.call("POST", "/v2/tags", { name: 1 });
    expect([status, body.message]).toEqual([422, "name must be a string"]);
  });

  it("gives lists by pages, with links to the others", async () => {
    for (const name of ["a", "b", "c"])
      await cloud.call("POST", "/v2/vpcs", { name, region: "fra1" });
    const page = (query: string) => cloud.call("GET", `/v2/vpcs${query}`);
    const first = (await page("?page=1&per_page=2")).body;
    expect(first.vpcs.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(first.meta).toEqual({ total: 3 });
    expect(first.links.pages).toEqual({
      next: `${cloud.cloud.url}/v2/vpcs?page=2&per_page=2`,
      last: `${cloud.cloud.url}/v2/vpcs?page=2&per_page=2`,
    });
    const second = (await page("?page=2&per_page=2")).body;
    expect(second.vpcs.map(({ name }) => name)).toEqual(["c"]);
    expect(Object.keys(second.links.pages ?? {})).toEqual(["first", "prev"]);
    expect((await page("?page=1&per_page=200")).body.links).toEqual({});
  });

  it("lists sizes, regions and images from one table", async () => {
    const { body } = (await cloud.call("GET", "/v2/sizes?per_page=200")) as unknown as {
      body: { sizes: { slug: string; price_monthly: number; regions: string[] }[] };
    };
    const prices = Object.fromEntries(body.sizes.map((size) => [size.slug, size.price_monthly]));
    expect(prices).toMatchObject({ "s-1vcpu-1gb": 6, "s-1vcpu-2gb": 12, "s-2vcpu-4gb": 24 });
    expect((await cloud.call("GET", "/v2/images/debian-12-x64")).status).toBe(200);
    expect((await cloud.call("GET", "/v2/images/debian-11-x64")).status).toBe(404);
  });
});

describe("a cloud that is started again", () => {
  it("knows everything, and puts the firewalls in force again", async () => {
    await cloud.call("POST", "/v2/tags", { name: "k8s" });
    const id = await makeDroplet(cloud, { tags: ["k8s"], user_data: "#cloud-config\n" });
    await cloud.call("POST", "/v2/firewalls", {
      name: "nodes",
      inbound_rules: [{ protocol: "tcp", ports: "22", sources: { tags: ["k8s"] } }],
      tags: ["k8s"],
    });
    const { policy } = cloud.hypervisor;
    const before = (await cloud.call("GET", `/v2/droplets/${id}`)).body;
    cloud.hypervisor.policy = { machines: [] };
    cloud.hypervisor.calls.length = 0;

    await cloud.restart();
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body).toEqual(before);
    expect(cloud.hypervisor.policy).toEqual(policy);
    expect(cloud.hypervisor.calls).toEqual(["applyFirewall"]);
  });

  it("goes on with a droplet that was being made", async () => {
    cloud.hypervisor.gate = new Promise(() => undefined); // that labd never finishes
    await cloud.call("POST", "/v2/droplets", sampleOrder);
    const { hypervisor, stateDir } = cloud;
    cloud.hypervisor.gate = Promise.resolve();
    const successor = new TestCloud();
    successor.stateDir = stateDir;
    await successor.start();
    await successor.cloud.idle();
    expect(successor.hypervisor.calls).toEqual(["applyFirewall", "destroy m1001", "create m1001"]);
    const { body } = await successor.call("GET", "/v2/droplets/1001");
    expect(body.droplet.status).toBe("active");
    await successor.stop();
    expect(hypervisor.machines.size).toBe(0);
    cloud = await new TestCloud().start();
  });

  it("boots what should run and does not, and nothing else", async () => {
    await makeDroplet(cloud);
    const off = await makeDroplet(cloud, { name: "worker-1" });
    await cloud.call("POST", `/v2/droplets/${off}/actions`, { type: "power_off" });
    await cloud.cloud.idle();
    for (const machine of cloud.hypervisor.machines.values()) machine.running = false;
    cloud.hypervisor.calls.length = 0;
    await cloud.restart();
    await cloud.cloud.idle();
    expect(cloud.hypervisor.calls).toEqual(["applyFirewall", "powerOn m1001"]);
  });

  it("never gives a number twice", async () => {
    const id = await makeDroplet(cloud);
    await cloud.call("DELETE", `/v2/droplets/${id}`);
    await cloud.cloud.idle();
    await cloud.restart();
    expect(await makeDroplet(cloud)).toBe(id + 1);
  });

  it("keeps its state to itself: mode 0600, and no draft left", async () => {
    await makeDroplet(cloud);
    const path = join(cloud.stateDir, "cloud.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => readFileSync(`${path}.new`)).toThrow();
  });
});
