import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digitalOceanPlugin } from "../digitalocean/plugin.ts";
import { testEngine, testUrn } from "../lib/testing.ts";
import { Unknown, type OutgoingMap } from "../lib/values.ts";
import { makeDroplet, TestCloud, testToken } from "../../test/cloud-support.ts";

// What is expected here is what the official plugin 4.68.0 answered to the same calls, against the same cloud.

let cloud: TestCloud;
let engine: Awaited<ReturnType<typeof testEngine>>;
let droplet: number;
beforeEach(async () => {
  cloud = await new TestCloud().start();
  engine = await testEngine(digitalOceanPlugin({}, 1));
  await engine.configure({ token: testToken, apiEndpoint: cloud.cloud.url, httpRetryMax: "0" });
  droplet = await makeDroplet(cloud);
});
afterEach(async () => {
  engine.close();
  await cloud.stop();
});

const urn = testUrn("digitalocean:index/reservedIp:ReservedIp", "ingress");
const assignmentUrn = testUrn(
  "digitalocean:index/reservedIpAssignment:ReservedIpAssignment",
  "ingress",
);

async function make(type: string, given: OutgoingMap) {
  const { properties: inputs, failures } = await engine.check(type, given);
  expect(failures).toEqual([]);
  const { id, properties: state } = await engine.create(type, inputs);
  return { id, inputs, state };
}
type Made = Awaited<ReturnType<typeof make>>;

const diff = (type: string, made: Made, given: OutgoingMap) =>
  engine.diff(type, made.id, made, given);

/** The droplet that the address leads to. */
async function leadsTo(ip: string): Promise<number | undefined> {
  const { body } = await cloud.call("GET", `/v2/reserved_ips/${ip}`);
  return body.reserved_ip.droplet?.id;
}

describe("a ReservedIp", () => {
  it("has the official plugin's outputs, known only once it exists", async () => {
    const { properties } = await engine.create(urn, { region: "FRA1" }, true);
    expect(properties).toMatchObject({ ipAddress: Unknown, reservedIpUrn: Unknown });
    const { id, state } = await make(urn, { region: "FRA1" });
    expect([id, state]).toEqual([
      "10.240.240.1",
      {
        id: "10.240.240.1",
        ipAddress: "10.240.240.1",
        region: "fra1",
        reservedIpUrn: "do:reservedip:10.240.240.1",
      },
    ]);
  });

  it("is replaced in another region, and changed in place for another droplet", async () => {
    const made = await make(urn, { region: "fra1" });
    expect((await diff(urn, made, { region: "FRA1" })).changed).toBe(false);
    expect((await diff(urn, made, { region: "ams3" })).replaces).toEqual(["region"]);
    const assigned = await diff(urn, made, { region: "fra1", dropletId: droplet });
    expect(assigned).toMatchObject({ changed: true, replaces: [] });
  });

  it("leads to its droplet from the start, until the program takes it off", async () => {
    const made = await make(urn, { region: "fra1", dropletId: droplet });
    expect(made.state["dropletId"]).toBe(droplet);
    expect(await leadsTo(made.id)).toBe(droplet);
    const { properties } = await engine.update(urn, made.id, made, { region: "fra1" });
    expect(properties).not.toHaveProperty("dropletId");
    expect(await leadsTo(made.id)).toBeUndefined();
  });

  it("moves to another droplet in place", async () => {
    const second = await makeDroplet(cloud, { name: "two" });
    const made = await make(urn, { region: "fra1", dropletId: droplet });
    await engine.update(urn, made.id, made, { region: "fra1", dropletId: second });
    expect(await leadsTo(made.id)).toBe(second);
  });

  it("is deleted, also when its droplet is gone already", async () => {
    const made = await make(urn, { region: "fra1", dropletId: droplet });
    await cloud.call("DELETE", `/v2/droplets/${droplet}`);
    await cloud.cloud.idle();
    await engine.delete(urn, made.id, made);
    expect((await cloud.call("GET", "/v2/reserved_ips")).body.reserved_ips).toEqual([]);
  });

  it("that cannot be assigned exists all the same, and says why", async () => {
    await expect(engine.create(urn, { region: "fra1", dropletId: 7 })).rejects.toThrow(
      /Error Assigning reserved IP \(10\.240\.240\.1\) to the Droplet: .*: 422 .* does not exist/,
    );
    expect((await cloud.call("GET", "/v2/reserved_ips")).body.reserved_ips).toHaveLength(1);
  });

  it("fails on an address that is none", async () => {
    const { failures } = await engine.check(urn, { region: "fra1", ipAddress: "1.2.3" });
    expect(failures.map(({ reason }) => reason)).toEqual([
      "expected ip_address to contain a valid IPv4 address, got: 1.2.3. Examine values at 'ingress.ipAddress'.",
    ]);
  });
});

describe("a ReservedIpAssignment", () => {
  let ipAddress: string;
  beforeEach(async () => {
    ipAddress = (await make(urn, { region: "fra1" })).id;
  });

  it("makes the address lead to the droplet, and has an id of both", async () => {
    const { id, state } = await make(assignmentUrn, { ipAddress, dropletId: droplet });
    expect(id).toMatch(new RegExp(`^${droplet}-10\\.240\\.240\\.1-\\d{18}[0-9a-f]{8}$`));
    expect(state).toEqual({ id, ipAddress, dropletId: droplet });
    expect(await leadsTo(ipAddress)).toBe(droplet);
  });

  it("is no business of the ReservedIp", async () => {
    const address = await make(urn, { region: "fra1" });
    await make(assignmentUrn, { ipAddress: address.id, dropletId: droplet });
    const { properties } = await engine.update(urn, address.id, address, { region: "fra1" });
    expect(properties).not.toHaveProperty("dropletId");
    expect(await leadsTo(address.id)).toBe(droplet);
  });

  it("is replaced for another droplet, and its end then leaves the new one alone", async () => {
    const second = await makeDroplet(cloud, { name: "two" });
    const made = await make(assignmentUrn, { ipAddress, dropletId: droplet });
    const { replaces } = await diff(assignmentUrn, made, { ipAddress, dropletId: second });
    expect(replaces).toEqual(["dropletId"]);
    await make(assignmentUrn, { ipAddress, dropletId: second });
    await engine.delete(assignmentUrn, made.id, made);
    expect(await leadsTo(ipAddress)).toBe(second);
  });

  it("takes the address off when it is deleted", async () => {
    const made = await make(assignmentUrn, { ipAddress, dropletId: droplet });
    await engine.delete(assignmentUrn, made.id, made);
    expect(await leadsTo(ipAddress)).toBeUndefined();
  });

  it("fails to be deleted where the official plugin crashes: the address leads nowhere", async () => {
    const made = await make(assignmentUrn, { ipAddress, dropletId: droplet });
    await cloud.call("POST", `/v2/reserved_ips/${ipAddress}/actions`, { type: "unassign" });
    await expect(engine.delete(assignmentUrn, made.id, made)).rejects.toThrow(
      /leads to no Droplet, at which the official plugin crashes/,
    );
  });

  it("fails on droplet 0", async () => {
    const { failures } = await engine.check(assignmentUrn, { ipAddress, dropletId: 0 });
    expect(failures.map(({ reason }) => reason)).toEqual([
      "droplet_id must not be zero, got 0. Examine values at 'ingress.dropletId'.",
    ]);
  });
});
