import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linodeCall, makeLinode, refusal } from "./cloud-linode-support.ts";
import { makeDroplet, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

const get = (path: string, filter?: object) => linodeCall(cloud, "GET", path, undefined, filter);

describe("the Linode API", () => {
  it("answers with the content type that the official client compares to the letter", async () => {
    for (const path of ["/v4/profile", "/v4/linode/instances/1", "/v4/nonsense"]) {
      const { headers } = await get(path);
      expect(headers.get("content-type")).toBe("application/json");
    }
  });

  it("gives a reason for every error, without which the client takes it for success", async () => {
    expect((await get("/v4/linode/instances/1")).body).toEqual({
      errors: [{ reason: "Not found" }],
    });
    const stranger = await fetch(`${cloud.cloud.linodeUrl}/v4/profile`);
    expect([stranger.status, await stranger.json()]).toEqual([
      401,
      { errors: [{ reason: "Invalid Token" }] },
    ]);
    const malformed = await fetch(`${cloud.cloud.linodeUrl}/v4/vpcs`, {
      method: "POST",
      headers: { authorization: "Bearer test-token" },
      body: "{",
    });
    expect(malformed.status).toBe(400);
    expect(refusal(await linodeCall(cloud, "POST", "/v4/volumes", {}))).toEqual([
      501,
      undefined,
      "POST /v4/volumes is not available in the lab's cloud",
    ]);
    expect(refusal(await linodeCall(cloud, "POST", "/v4/vpcs", { region: 1 }))).toEqual([
      400,
      "region",
      "region must be a string",
    ]);
  });

  it("passes the check with which the official provider begins: page 100 of the types", async () => {
    const { status, body } = await get("/v4/linode/types?page=100");
    expect([status, body]).toEqual([200, { data: [], page: 100, pages: 1, results: 4 }]);
  });

  it("lists by pages, under both versions, and finds ids with a slash in them", async () => {
    const { body } = await get("/v4beta/regions?page=2&page_size=25");
    expect(body).toMatchObject({ page: 2, pages: 2, results: 34 });
    expect(body.data).toHaveLength(9);
    expect(refusal(await get("/v4/regions?page_size=5"))).toEqual([
      400,
      "page_size",
      "Must be 25-500",
    ]);
    expect((await get("/v4/images/linode%2Fdebian12")).body.id).toBe("linode/debian12");
    expect((await get("/v4/linode/types/g6-standard-2")).body).toMatchObject({
      disk: 81_920,
      price: { monthly: 24 },
    });
    expect((await get("/v4/regions/us-east")).body).not.toMatchObject({
      capabilities: expect.arrayContaining(["VPCs"]) as unknown,
    });
  });

  it("filters and sorts by what X-Filter says", async () => {
    await makeLinode(cloud, { label: "worker-1", tags: ["blue", "both"] });
    await makeLinode(cloud, { label: "worker-2", tags: ["green", "both"] });
    await makeLinode(cloud, { label: "master-1", type: "g6-standard-1" });
    const labels = async (filter: object) => {
      const { body } = await get("/v4/linode/instances", filter);
      expect(body.results).toBe(body.data.length);
      return body.data.map(({ label }) => label);
    };
    expect(await labels({ label: "worker-2" })).toEqual(["worker-2"]);
    expect(await labels({ tags: "both" })).toEqual(["worker-1", "worker-2"]);
    expect(await labels({ label: { "+contains": "WORK" }, tags: { "+neq": "blue" } })).toEqual([
      "worker-2",
    ]);
    expect(
      await labels({ "+or": [{ tags: "blue" }, { "specs.memory": { "+gte": 2048 } }] }),
    ).toEqual(["worker-1", "master-1"]);
    expect(await labels({ "+order_by": "label", "+order": "desc" })).toEqual([
      "worker-2",
      "worker-1",
      "master-1",
    ]);
    expect(refusal(await get("/v4/linode/instances", { label: { "+like": "x" } }))).toEqual([
      400,
      "X-Filter",
      "+like is no operator of a filter",
    ]);
  });

  it("shows nothing of the other cloud, and shares no address or machine with it", async () => {
    const linode = await makeLinode(cloud, { tags: ["mine"] });
    const droplet = await makeDroplet(cloud);
    expect((await get("/v4/linode/instances")).body.results).toBe(1);
    expect((await get(`/v4/linode/instances/${droplet}`)).status).toBe(404);
    expect((await cloud.call("GET", "/v2/droplets")).body.droplets).toHaveLength(1);
    expect((await cloud.call("GET", `/v2/droplets/${linode}`)).status).toBe(404);
    expect([...cloud.hypervisor.machines.keys()]).toEqual(["m6000001", "m1001"]);
    expect(cloud.hypervisor.policy.machines.map(({ publicIp }) => publicIp).sort()).toEqual([
      "10.240.1.1",
      "10.240.64.1",
    ]);
    expect(cloud.cloud.state().machines).toHaveLength(2);
  });

  it("knows tags while something carries them, or when they were made for later", async () => {
    const tags = async () => (await get("/v4/tags")).body.data.map(({ label }) => label);
    const id = await makeLinode(cloud, { tags: ["k8s"] });
    await linodeCall(cloud, "POST", "/v4/tags", { label: "later" });
    expect((await tags()).sort()).toEqual(["k8s", "later"]);
    expect((await get("/v4/tags/k8s")).body.data).toMatchObject([{ type: "linode", data: { id } }]);

    const path = `/v4/linode/instances/${id}`;
    await linodeCall(cloud, "PUT", path, { tags: ["K8S", "other"] });
    expect((await get(path)).body.tags).toEqual(["k8s", "other"]);
    await linodeCall(cloud, "DELETE", "/v4/tags/other");
    expect((await get(path)).body.tags).toEqual(["k8s"]);
    await linodeCall(cloud, "DELETE", path);
    await cloud.cloud.idle();
    expect(await tags()).toEqual(["later"]);
  });
});
