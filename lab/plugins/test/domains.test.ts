import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linodeCall } from "../../test/cloud-linode-support.ts";
import { TestCloud, testToken } from "../../test/cloud-support.ts";
import { digitalOceanPlugin } from "../digitalocean/plugin.ts";
import { providerPb, type Provider } from "../lib/proto.ts";
import { testEngine, testUrn } from "../lib/testing.ts";
import { decode, encode, Unknown, type OutgoingMap } from "../lib/values.ts";
import { linodePlugin } from "../linode/plugin.ts";

// What is expected here is what the official plugins' sources say: none was at hand to record their answers.

let cloud: TestCloud;
let engine: Awaited<ReturnType<typeof testEngine>>;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(async () => {
  engine.close();
  await cloud.stop();
});

async function make(urn: string, given: OutgoingMap) {
  const { properties: inputs, failures } = await engine.check(urn, given);
  expect(failures).toEqual([]);
  const { id, properties: state } = await engine.create(urn, inputs);
  return { id, inputs, state };
}

function invoke(token: string, args: OutgoingMap = {}): Promise<unknown> {
  const request = new providerPb.InvokeRequest();
  request.setTok(token);
  request.setArgs(encode(args));
  return new Promise((resolve, reject) => {
    engine.client.invoke(request, (error, answer: Provider.InvokeResponse) => {
      if (error) reject(error);
      else resolve(decode(answer.getReturn()).properties);
    });
  });
}

describe("DigitalOcean's plugin", () => {
  const urn = testUrn("digitalocean:index/dnsRecord:DnsRecord", "api");
  const given = { domain: "cloud.test", type: "A", name: "api.prod", value: "192.0.2.1", ttl: 120 };
  beforeEach(async () => {
    engine = await testEngine(digitalOceanPlugin({}, 1));
    await engine.configure({ token: testToken, apiEndpoint: cloud.cloud.url, httpRetryMax: "0" });
  });

  it("lists the account's zones", async () => {
    expect(await invoke("digitalocean:index/getDomains:getDomains")).toEqual({
      id: "domains",
      domains: [{ name: "cloud.test", ttl: 1800, urn: "do:domain:cloud.test" }],
    });
  });

  it("makes a record, whose full name is known once it exists", async () => {
    expect((await engine.create(urn, given, true)).properties).toMatchObject({ fqdn: Unknown });
    const { id, state } = await make(urn, given);
    expect(state).toEqual({ ...given, id, fqdn: "api.prod.cloud.test" });
  });

  it("leads it elsewhere in place, and replaces it in another zone", async () => {
    const made = await make(urn, given);
    const { properties: news } = await engine.check(urn, { ...given, value: "192.0.2.2" });
    const planned = await engine.diff(urn, made.id, made, news);
    expect([Object.keys(planned.kinds), planned.replaces]).toEqual([["value"], []]);
    const { properties: state } = await engine.update(urn, made.id, made, news);
    expect(state).toEqual({ ...made.state, value: "192.0.2.2" });
    const other = await engine.diff(urn, made.id, made, { ...made.inputs, domain: "b.test" });
    expect(other.replaces).toEqual(["domain"]);
    expect((await engine.diff(urn, made.id, { ...made, state }, news)).changed).toBe(false);
  });

  it("does without one that is gone", async () => {
    const made = await make(urn, given);
    await cloud.call("DELETE", `/v2/domains/cloud.test/records/${made.id}`);
    await engine.delete(urn, made.id, made);
  });

  it("fails on a kind that there is not", async () => {
    const { failures } = await engine.check(urn, { ...given, type: "X" });
    expect(failures.map(({ reason }) => reason).join()).toContain("expected type to be one of");
  });
});

describe("Linode's plugin", () => {
  const urn = testUrn("linode:index/domainRecord:DomainRecord", "api");
  const given = {
    domainId: 1,
    recordType: "A",
    name: "api.prod",
    target: "192.0.2.1",
    ttlSec: 120,
  };
  beforeEach(async () => {
    engine = await testEngine(linodePlugin({ HOME: "/nonexistent" }));
    await engine.configure({ token: testToken, url: cloud.cloud.linodeUrl, eventPollMs: "1" });
  });

  it("lists the account's zones", async () => {
    expect(await invoke("linode:index/getDomains:getDomains")).toMatchObject({
      domains: [{ id: 1, domain: "cloud.test", status: "active" }],
    });
  });

  it("makes a record, changes and deletes it", async () => {
    const made = await make(urn, given);
    expect(made.state).toMatchObject(given);
    expect((await engine.diff(urn, made.id, made, made.inputs)).changed).toBe(false);
    const { properties: news } = await engine.check(urn, { ...given, target: "192.0.2.2" });
    expect(await engine.diff(urn, made.id, made, news)).toMatchObject({ replaces: [] });
    const { properties: state } = await engine.update(urn, made.id, made, news);
    expect(state).toMatchObject({ target: "192.0.2.2", name: "api.prod" });
    await engine.delete(urn, made.id, made);
    const path = `/v4/domains/1/records/${made.id}`;
    expect((await linodeCall(cloud, "GET", path)).status).toBe(404);
  });

  it("makes no difference of how the cloud rounds a time to live", async () => {
    const made = await make(urn, { ...given, ttlSec: 100 });
    expect(made.state).toMatchObject({ ttlSec: 120 });
    expect((await engine.diff(urn, made.id, made, made.inputs)).changed).toBe(false);
  });
});
