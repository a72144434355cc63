import { Resolver } from "node:dns/promises";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDns } from "../cloud/acme/dns.ts";
import { linodeCall } from "./cloud-linode-support.ts";
import { TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(async () => {
  await cloud.stop();
});

const path = "/v2/domains/cloud.test/records";
interface DomainRecord {
  readonly id: number;
  readonly name: string;
  readonly data: string;
  readonly ttl: number;
}
const record = async (method: string, at: string, body?: object) => {
  const answer = await cloud.call(method, at, body);
  const of = answer.body as unknown as { domain_record: DomainRecord; message: string };
  return { status: answer.status, record: of.domain_record, message: of.message };
};
const a = (name: string, data: string, more: object = {}) =>
  record("POST", path, { type: "A", name, data, ...more });

describe("a domain of DigitalOcean's", () => {
  it("is there from the start, and is neither made nor deleted", async () => {
    const { body } = await cloud.call("GET", "/v2/domains");
    expect(body).toMatchObject({ domains: [{ name: "cloud.test", ttl: 1800 }] });
    expect((await cloud.call("GET", "/v2/domains/cloud.test")).status).toBe(200);
    expect((await cloud.call("GET", "/v2/domains/other.test")).status).toBe(404);
    expect((await cloud.call("POST", "/v2/domains", { name: "other.test" })).status).toBe(501);
    expect((await cloud.call("DELETE", "/v2/domains/cloud.test")).status).toBe(501);
  });

  it("takes records, changes and loses them", async () => {
    const made = await a("api.prod", "192.0.2.1", { ttl: 120 });
    expect(made).toMatchObject({
      status: 201,
      record: { type: "A", name: "api.prod", data: "192.0.2.1", ttl: 120 },
    });
    const own = `${path}/${made.record.id}`;
    expect((await record("PUT", own, { data: "192.0.2.2" })).record).toEqual({
      ...made.record,
      data: "192.0.2.2",
    });
    expect((await record("GET", own)).record.data).toBe("192.0.2.2");
    expect((await cloud.call("DELETE", own)).status).toBe(204);
    expect((await record("GET", own)).status).toBe(404);
  });

  it("gives all records of a name one time to live", async () => {
    const { record: first } = await a("api", "192.0.2.1", { ttl: 3600 });
    await a("api", "192.0.2.2", { ttl: 120 });
    expect((await record("GET", `${path}/${first.id}`)).record.ttl).toBe(120);
  });

  it.each([
    ["no type", { name: "a", data: "192.0.2.1" }, "type is required"],
    ["another type", { type: "X", name: "a", data: "b" }, "Type is not included in the list"],
    ["no address", { type: "A", name: "a", data: "192.0.2" }, "IP address did not match IPv4"],
    ["no name", { type: "A", name: "a b", data: "192.0.2.1" }, "Only valid hostname characters"],
    ["a short life", { type: "A", name: "a", data: "192.0.2.1", ttl: 5 }, "Ttl must be between"],
    ["a relative alias", { type: "CNAME", name: "a", data: "b" }, "needs to end with a dot"],
    [
      "a kind that the lab has not",
      { type: "MX", name: "@", data: "b." },
      "not available in the lab",
    ],
  ])("refuses a record with %s", async (_what, body, message) => {
    const answer = await record("POST", path, body);
    expect([answer.status, answer.message]).toEqual([422, expect.stringContaining(message)]);
  });

  it("refuses a record twice, and one beside an alias", async () => {
    await a("www", "192.0.2.1");
    expect(await a("www", "192.0.2.1")).toMatchObject({ status: 422 });
    const alias = { type: "CNAME", name: "www", data: "@" };
    expect(await record("POST", path, alias)).toMatchObject({
      status: 422,
      message: "CNAME records cannot share a name with other records",
    });
  });
});

describe("a domain of Linode's", () => {
  const call = (method: string, at: string, body?: object) =>
    linodeCall(cloud, method, `/v4${at}`, body);

  it("takes records, whose times to live it rounds", async () => {
    const { body } = await call("GET", "/domains");
    const { data } = body as unknown as { data: readonly { id: number; domain: string }[] };
    expect(data).toMatchObject([{ id: 1, domain: "cloud.test", status: "active" }]);
    const records = "/domains/1/records";
    const made = await call("POST", records, {
      type: "A",
      name: "api.prod.cloud.test",
      target: "192.0.2.1",
      ttl_sec: 100,
    });
    expect(made.body).toMatchObject({ name: "api.prod", target: "192.0.2.1", ttl_sec: 120 });
    const own = `${records}/${(made.body as unknown as { id: number }).id}`;
    const changed = await call("PUT", own, { target: "192.0.2.2", ttl_sec: 300 });
    expect(changed.body).toMatchObject({ name: "api.prod", target: "192.0.2.2", ttl_sec: 300 });
    expect((await call("POST", records, { type: "A", name: "x", target: "nobody" })).status).toBe(
      400,
    );
    expect((await call("DELETE", own)).status).toBe(200);
    expect((await call("GET", own)).status).toBe(404);
  });
});

describe("the lab's DNS", () => {
  const host = "127.0.0.1";

  it("answers from the zones of both clouds, and says of what they have not that it is not there", async () => {
    const behind = createSocket("udp4");
    behind.bind(0, host);
    await once(behind, "listening");
    const dns = await startDns(
      { host, port: 0 },
      "lab.test",
      { host, port: behind.address().port },
      () => cloud.cloud.state().zones,
    );
    const resolver = new Resolver();
    resolver.setServers([`${host}:${dns.port}`]);
    try {
      await a("api.prod", "192.0.2.1", { ttl: 120 });
      await a("api.prod", "192.0.2.2", { ttl: 120 });
      await record("POST", path, { type: "CNAME", name: "www", data: "api.prod.cloud.test." });
      await linodeCall(cloud, "POST", "/v4/domains/1/records", {
        type: "A",
        name: "",
        target: "192.0.2.9",
      });
      const found = await resolver.resolve4("API.prod.cloud.test", { ttl: true });
      expect(found).toEqual([
        { address: "192.0.2.1", ttl: 120 },
        { address: "192.0.2.2", ttl: 120 },
      ]);
      expect(await resolver.resolve4("www.cloud.test")).toEqual(["192.0.2.1", "192.0.2.2"]);
      expect(await resolver.resolve4("cloud.test")).toEqual(["192.0.2.9"]);
      expect(await resolver.resolveNs("cloud.test")).toContain("ns1.digitalocean.com");
      expect(await resolver.resolve4("ns1.digitalocean.com")).toEqual([host]);
      const codeOf = (name: string) =>
        resolver.resolve4(name).catch((error: unknown) => (error as { code: string }).code);
      expect(await codeOf("demo.prod.cloud.test")).toBe("ENOTFOUND");
      // there is something below it
      expect(await codeOf("prod.cloud.test")).toBe("ENODATA");
    } finally {
      await dns.close();
      behind.close();
    }
  });
});
