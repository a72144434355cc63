import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDroplet, sampleKey, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

const makeVpc = (changes: object = {}) =>
  cloud.call("POST", "/v2/vpcs", { name: "hw", region: "fra1", ...changes });

describe("a VPC", () => {
  it("is made, read, renamed and deleted", async () => {
    const made = await makeVpc({ ip_range: "10.10.0.0/20", description: "nodes" });
    expect(made.status).toBe(201);
    const { id } = made.body.vpc;
    expect(made.body.vpc).toMatchObject({
      urn: `do:vpc:${id}`,
      name: "hw",
      description: "nodes",
      region: "fra1",
      ip_range: "10.10.0.0/20",
      default: false,
    });
    expect((await cloud.call("GET", `/v2/vpcs/${id}`)).body.vpc).toEqual(made.body.vpc);

    const renamed = await cloud.call("PUT", `/v2/vpcs/${id}`, { name: "hw2", default: false });
    expect(renamed.status).toBe(200);
    expect(renamed.body.vpc).toMatchObject({ name: "hw2", description: "nodes", default: false });

    expect((await cloud.call("DELETE", `/v2/vpcs/${id}`)).status).toBe(204);
    expect((await cloud.call("GET", `/v2/vpcs/${id}`)).status).toBe(404);
    expect((await cloud.call("DELETE", `/v2/vpcs/${id}`)).status).toBe(404);
  });

  it("without a range gets a /20 of nobody's", async () => {
    const ranges = [await makeVpc(), await makeVpc({ name: "hw2" })];
    expect(ranges.map(({ body }) => body.vpc.ip_range)).toEqual([
      "10.100.0.0/20",
      "10.100.16.0/20",
    ]);
  });

  it.each([
    ["10.10.0.0/15", "must be between /16 and /28"],
    ["10.10.0.0/29", "must be between /16 and /28"],
    ["100.64.0.0/20", "private addresses as defined in RFC1918"],
    ["10.10.0.0", "not a valid CIDR"],
    ["10.240.0.0/20", "overlaps with the lab's public addresses"],
    [
      "10.20.8.0/24",
      "This range/size overlaps with another VPC network in your account: taken 10.20.0.0/20.",
    ],
  ])("range %s is refused", async (range, message) => {
    await makeVpc({ name: "taken", ip_range: "10.20.0.0/20" });
    const { status, body } = await makeVpc({ ip_range: range });
    expect(status).toBe(422);
    expect(body.message).toContain(message);
  });

  it("of a taken name or in a closed region is refused", async () => {
    await makeVpc();
    expect((await makeVpc()).body.message).toBe("a VPC with the same name already exists");
    expect((await makeVpc({ name: "b", region: "nyc2" })).status).toBe(422);
  });

  it("with members stays until they are gone", async () => {
    const { id } = (await makeVpc()).body.vpc;
    const droplet = await makeDroplet(cloud, { vpc_uuid: id });
    const refused = await cloud.call("DELETE", `/v2/vpcs/${id}`);
    expect([refused.status, refused.body.message]).toEqual([
      409,
      "Can not delete VPC with members",
    ]);
    const { body } = await cloud.call("GET", `/v2/vpcs/${id}/members`);
    expect(body.members).toMatchObject([{ urn: `do:droplet:${droplet}` }]);

    await cloud.call("DELETE", `/v2/droplets/${droplet}`);
    await cloud.cloud.idle();
    expect((await cloud.call("DELETE", `/v2/vpcs/${id}`)).status).toBe(204);
  });

  it("is the region's default for droplets that name none, and that one stays", async () => {
    await makeDroplet(cloud);
    const { body } = await cloud.call("GET", "/v2/vpcs");
    const [vpc] = body.vpcs;
    expect(vpc).toMatchObject({ name: "default-fra1", default: true });
    const refused = await cloud.call("DELETE", `/v2/vpcs/${vpc?.id ?? ""}`);
    expect([refused.status, refused.body.message]).toEqual([403, "Can not delete default VPCs"]);
  });
});

describe("an SSH key", () => {
  const make = (text: string = sampleKey.text) =>
    cloud.call("POST", "/v2/account/keys", { name: "operator", public_key: text });

  it("is made, read by id and by fingerprint, renamed and deleted", async () => {
    const made = await make(`${sampleKey.text}\n`);
    expect(made.status).toBe(201);
    expect(made.body.ssh_key).toEqual({
      id: 512_001,
      name: "operator",
      fingerprint: sampleKey.fingerprint,
      public_key: `${sampleKey.text}\n`,
    });
    for (const name of ["512001", sampleKey.fingerprint]) {
      const { body } = await cloud.call("GET", `/v2/account/keys/${name}`);
      expect(body.ssh_key.id).toBe(512_001);
    }
    const renamed = await cloud.call("PUT", "/v2/account/keys/512001", { name: "two" });
    expect(renamed.body.ssh_key.name).toBe("two");
    expect((await cloud.call("DELETE", "/v2/account/keys/512001")).status).toBe(204);
    expect((await cloud.call("DELETE", "/v2/account/keys/512001")).status).toBe(404);
  });

  it("is refused when it is there already, or is none", async () => {
    await make();
    expect((await make()).body.message).toBe("SSH Key is already in use on your account");
    for (const text of ["ssh-ed25519", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA", "nonsense"]) {
      const { status, body } = await make(text);
      expect(status).toBe(422);
      expect(body.message).toContain("Key invalid");
    }
  });
});

describe("a tag", () => {
  it("is made as often as one likes, counts its droplets and is found in any case", async () => {
    expect((await cloud.call("POST", "/v2/tags", { name: "hardway-dev" })).status).toBe(201);
    expect((await cloud.call("POST", "/v2/tags", { name: "Hardway-Dev" })).body.tag.name).toBe(
      "hardway-dev",
    );
    await makeDroplet(cloud, { tags: ["hardway-dev"] });
    const { body } = await cloud.call("GET", "/v2/tags/HARDWAY-DEV");
    expect(body.tag).toMatchObject({
      name: "hardway-dev",
      resources: { count: 1, droplets: { count: 1 }, images: { count: 0 }, volumes: { count: 0 } },
    });
  });

  it("comes with the first droplet that carries it", async () => {
    await makeDroplet(cloud, { tags: ["k8s"] });
    expect((await cloud.call("GET", "/v2/tags/k8s")).status).toBe(200);
  });

  it("is put on droplets and taken off", async () => {
    const id = await makeDroplet(cloud);
    const resources = [{ resource_id: String(id), resource_type: "droplet" }];
    await cloud.call("POST", "/v2/tags", { name: "k8s" });
    const tags = async () => (await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet.tags;
    expect((await cloud.call("POST", "/v2/tags/k8s/resources", { resources })).status).toBe(204);
    expect(await tags()).toEqual(["k8s"]);
    expect((await cloud.call("DELETE", "/v2/tags/k8s/resources", { resources })).status).toBe(204);
    expect(await tags()).toEqual([]);
  });

  it("leaves everything when it is deleted", async () => {
    const id = await makeDroplet(cloud, { tags: ["k8s"] });
    expect((await cloud.call("DELETE", "/v2/tags/k8s")).status).toBe(204);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body.droplet.tags).toEqual([]);
    expect((await cloud.call("GET", "/v2/tags/k8s")).status).toBe(404);
  });

  it("of other characters is refused", async () => {
    expect((await cloud.call("POST", "/v2/tags", { name: "a.b" })).status).toBe(422);
  });
});
