import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digitalOceanPlugin } from "../digitalocean/plugin.ts";
import { testEngine, testUrn } from "../lib/testing.ts";
import { Unknown, type OutgoingMap } from "../lib/values.ts";
import { sampleKey, TestCloud, testToken } from "../../test/cloud-support.ts";

// The official plugin's answers here were recorded by its makers: pulumi-digitalocean v4.68.0,
// provider/testdata/recorded. That the rest matches is read from its source, not run.

let cloud: TestCloud;
let engine: Awaited<ReturnType<typeof testEngine>>;
beforeEach(async () => {
  cloud = await new TestCloud().start();
  engine = await testEngine(digitalOceanPlugin({}, 1));
  await engine.configure({ token: testToken, apiEndpoint: cloud.cloud.url, httpRetryMax: "0" });
});
afterEach(async () => {
  engine.close();
  await cloud.stop();
});

const urns = {
  droplet: testUrn("digitalocean:index/droplet:Droplet", "master-1"),
  firewall: testUrn("digitalocean:index/firewall:Firewall", "nodes"),
  key: testUrn("digitalocean:index/sshKey:SshKey", "login"),
  tag: testUrn("digitalocean:index/tag:Tag", "cluster"),
  vpc: testUrn("digitalocean:index/vpc:Vpc", "vpc"),
} as const;

/** Checks, then creates: what `pulumi up` does with a new resource. */
async function make(urn: string, given: OutgoingMap) {
  const { properties: inputs, failures } = await engine.check(urn, given);
  expect(failures).toEqual([]);
  const { id, properties: state } = await engine.create(urn, inputs);
  return { id, inputs, state };
}
type Made = Awaited<ReturnType<typeof make>>;

/** What a plan says when the program's inputs change. */
async function plan(urn: string, made: Made, given: OutgoingMap) {
  const { properties: news } = await engine.check(urn, given, made.inputs);
  const { changed, kinds, replaces } = await engine.diff(urn, made.id, made, news);
  return { changed, paths: Object.keys(kinds).sort(), replaces, news };
}

async function change(urn: string, made: Made, given: OutgoingMap) {
  const { news } = await plan(urn, made, given);
  return (await engine.update(urn, made.id, made, news)).properties;
}

const order = {
  name: "master-1",
  region: "fra1",
  size: "s-1vcpu-1gb",
  image: "debian-12-x64",
} as const;

describe("a Droplet", () => {
  it("is checked as the official plugin does it: defaults filled in and listed", async () => {
    const unnamed = { region: order.region, size: order.size, image: order.image };
    const { properties, failures } = await engine.check(urns.droplet, {
      ...unnamed,
      monitoring: true,
    });
    expect(failures).toEqual([]);
    expect(properties).toEqual({
      ...order,
      __defaults: ["backups", "gracefulShutdown", "ipv6", "name", "resizeDisk"],
      backups: false,
      gracefulShutdown: false,
      ipv6: false,
      monitoring: true,
      name: expect.stringMatching(/^master-1-[0-9a-f]{7}$/) as string,
      resizeDisk: true,
    });
    const again = await engine.check(urns.droplet, unnamed, properties);
    expect(again.properties["name"]).toBe(properties["name"]);
  });

  it("has the official plugin's outputs", async () => {
    const vpc = await make(urns.vpc, { name: "hw", region: "fra1", ipRange: "10.10.0.0/20" });
    const { id, state } = await make(urns.droplet, {
      ...order,
      vpcUuid: vpc.id,
      tags: ["b", "a"],
    });
    expect(id).toBe("1001");
    expect(state).toEqual({
      __meta:
        '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":3600000000000,"delete":60000000000,"update":3600000000000},"schema_version":"1"}',
      backups: false,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      disk: 25,
      dropletUrn: "do:droplet:1001",
      gracefulShutdown: false,
      id: "1001",
      image: "debian-12-x64",
      ipv4Address: "10.240.1.1",
      ipv4AddressPrivate: "10.10.0.2",
      ipv6: false,
      ipv6Address: "",
      locked: false,
      memory: 1024,
      monitoring: false,
      name: "master-1",
      priceHourly: 0.00893,
      priceMonthly: 6,
      privateNetworking: true,
      publicNetworking: true,
      region: "fra1",
      resizeDisk: true,
      size: "s-1vcpu-1gb",
      status: "active",
      tags: ["a", "b"],
      vcpus: 1,
      volumeIds: [],
      vpcUuid: vpc.id,
    });
  });

  it("in a preview knows its inputs and nothing else", async () => {
    const { properties: inputs } = await engine.check(urns.droplet, { ...order, vpcUuid: Unknown });
    const { id, properties } = await engine.create(urns.droplet, inputs, true);
    expect(id).toBe("");
    expect(properties).toMatchObject({
      name: "master-1",
      ipv4Address: Unknown,
      ipv4AddressPrivate: Unknown,
      vpcUuid: Unknown,
      dropletUrn: Unknown,
    });
    expect(cloud.hypervisor.machines.size).toBe(0);
  });

  it("hands its user data over and keeps only a hash of it", async () => {
    const made = await make(urns.droplet, { ...order, userData: "#cloud-config\n" });
    expect(cloud.hypervisor.machines.get("m1001")?.spec.userData).toBe("#cloud-config\n");
    expect(made.state["userData"]).toBe("c0af657a8122db11fb8541f90feab7871c2c3d71");
    expect(
      (await plan(urns.droplet, made, { ...order, userData: "#cloud-config\n" })).changed,
    ).toBe(false);
  });

  it("is unchanged when tags and keys come in another order, or in another case", async () => {
    const key = await make(urns.key, { name: "login", publicKey: sampleKey.text });
    const given = { ...order, sshKeys: [sampleKey.fingerprint, key.id], tags: ["x", "y"] };
    const made = await make(urns.droplet, given);
    const { changed } = await plan(urns.droplet, made, {
      ...given,
      region: "FRA1",
      size: "S-1VCPU-1GB",
      sshKeys: [key.id, sampleKey.fingerprint],
      tags: ["Y", "x"],
    });
    expect(changed).toBe(false);
  });

  it.each([
    [{ image: "debian-13-x64" }, ["image"], ["image"]],
    [{ region: "ams3" }, ["region"], ["region"]],
    [{ userData: "#cloud-config\n#2\n" }, ["userData"], ["userData"]],
    [{ monitoring: true }, ["monitoring"], ["monitoring"]],
    [{ dropletAgent: false }, ["dropletAgent"], ["dropletAgent"]],
    [{ sshKeys: ["1"] }, ["sshKeys"], ["sshKeys"]],
    [{ name: "master-2" }, ["name"], []],
    [{ size: "s-2vcpu-2gb" }, ["size"], []],
    [{ tags: ["k8s", "new"] }, ["tags[1]"], []],
    [{ gracefulShutdown: true }, ["gracefulShutdown"], []],
    [{ ipv6: true }, ["ipv6"], []],
  ])("with %j plans %j, replacing for %j", async (changes, paths, replaces) => {
    const given = { ...order, userData: "#cloud-config\n", tags: ["k8s"] };
    const made = await make(urns.droplet, given);
    const planned = await plan(urns.droplet, made, { ...given, ...changes });
    expect({ paths: planned.paths, replaces: planned.replaces }).toEqual({ paths, replaces });
  });

  it("is renamed and tagged in place", async () => {
    const made = await make(urns.droplet, { ...order, tags: ["k8s", "old"] });
    const state = await change(urns.droplet, made, {
      ...order,
      name: "master-2",
      tags: ["k8s", "new"],
    });
    expect(state).toMatchObject({ id: "1001", name: "master-2", tags: ["k8s", "new"] });
    const { body } = await cloud.call("GET", "/v2/droplets/1001");
    expect(body.droplet).toMatchObject({ name: "master-2", tags: ["k8s", "new"] });
  });

  it("fails with what the API said, and is not there", async () => {
    const { properties } = await engine.check(urns.droplet, { ...order, size: "s-9vcpu-9gb" });
    await expect(engine.create(urns.droplet, properties)).rejects.toThrow(
      /1 error occurred:\n\t\* Error creating droplet: POST http:\/\/127\.0\.0\.1:\d+\/v2\/droplets: 422 \(request "[0-9a-f-]{36}"\) You specified an invalid size for Droplet creation\./,
    );
  });

  it("that does not become active is recorded, and the failure told", async () => {
    cloud.hypervisor.failing = "create";
    const { properties } = await engine.check(urns.droplet, order);
    await expect(engine.create(urns.droplet, properties)).rejects.toThrow(
      "Error waiting for droplet (1001) to become ready: unexpected state 'archive', wanted target 'active'",
    );
  });

  it("is gone from the cloud when its deletion ends", async () => {
    const made = await make(urns.droplet, order);
    await engine.delete(urns.droplet, made.id, made);
    expect(cloud.hypervisor.machines.size).toBe(0);
    await expect(engine.delete(urns.droplet, made.id, made)).rejects.toThrow(
      "Error waiting for droplet to be unlocked for destroy (1001): unexpected state 'Not Found'",
    );
  });

  it("is shut down first when asked to", async () => {
    const made = await make(urns.droplet, { ...order, gracefulShutdown: true });
    await engine.delete(urns.droplet, made.id, made);
    expect(cloud.hypervisor.calls.filter((call) => call.endsWith("m1001"))).toEqual([
      "create m1001",
      "shutdown m1001",
      "destroy m1001",
    ]);
  });

  it.each([
    [{ image: undefined }, "Missing required property 'image'"],
    [{ size: "" }, "size must not be empty, got . Examine values at 'master-1.size'."],
    [{ tags: ["a b"] }, "tags may contain lowercase letters, numbers"],
    [{ cpus: 2 }, 'an unexpected argument "cpus" was provided'],
    [{ monitoring: "yes" }, "expected boolean type"],
  ])("with %j is refused before anything is made", async (changes, reason) => {
    const { failures } = await engine.check(urns.droplet, { ...order, ...changes });
    expect(failures.map((failure) => failure.reason).join("\n")).toContain(reason);
  });
});

describe("a VPC", () => {
  it("has the official plugin's outputs and default name", async () => {
    const { id, inputs, state } = await make(urns.vpc, { region: "fra1" });
    expect(inputs).toEqual({
      __defaults: ["name"],
      name: expect.stringMatching(/^vpc-[0-9a-f]{7}$/) as string,
      region: "fra1",
    });
    expect(state).toEqual({
      __meta: '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"delete":120000000000}}',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/) as string,
      default: false,
      description: "",
      id,
      ipRange: "10.100.0.0/20",
      name: inputs["name"],
      region: "fra1",
      vpcUrn: `do:vpc:${id}`,
    });
  });

  it("is renamed in place, and replaced for another range or region", async () => {
    const given = { name: "hw", region: "fra1", ipRange: "10.10.0.0/20" };
    const made = await make(urns.vpc, given);
    expect(await plan(urns.vpc, made, given)).toMatchObject({ changed: false });
    expect(await plan(urns.vpc, made, { ...given, ipRange: "10.11.0.0/20" })).toMatchObject({
      paths: ["ipRange"],
      replaces: ["ipRange"],
    });
    expect(await plan(urns.vpc, made, { ...given, region: "ams3" })).toMatchObject({
      replaces: ["region"],
    });
    const unranged = { name: given.name, region: given.region };
    expect(await plan(urns.vpc, made, unranged)).toMatchObject({ changed: false });
    const state = await change(urns.vpc, made, { ...given, name: "hw2", description: "nodes" });
    expect(state).toMatchObject({ name: "hw2", description: "nodes", ipRange: "10.10.0.0/20" });
  });

  it("waits for its members to go, and tells what held it", async () => {
    const vpc = await make(urns.vpc, { name: "hw", region: "fra1" });
    const droplet = await make(urns.droplet, { ...order, vpcUuid: vpc.id });
    const deletion = engine.delete(urns.vpc, vpc.id, vpc);
    await engine.delete(urns.droplet, droplet.id, droplet);
    await deletion;
    expect((await cloud.call("GET", `/v2/vpcs/${vpc.id}`)).status).toBe(404);
    await expect(engine.delete(urns.vpc, vpc.id, vpc)).rejects.toThrow(
      /deleting urn:.*: 1 error occurred:\n\t\* Error deleting VPC: DELETE .*: 404/,
    );
  });

  it.each([
    [{ region: undefined }, "Missing required property 'region': DigitalOcean region slug for"],
    [{ ipRange: "10.10.0.0" }, 'expected "ip_range" to be a valid IPv4 Value, got 10.10.0.0'],
  ])("with %j is refused", async (changes, reason) => {
    const { failures } = await engine.check(urns.vpc, { region: "fra1", ...changes });
    expect(failures.map((failure) => failure.reason).join("\n")).toContain(reason);
  });
});

describe("an SSH key", () => {
  const given = { name: "login", publicKey: `${sampleKey.text}\n` };

  it("has the official plugin's outputs, and no difference for white space", async () => {
    const made = await make(urns.key, given);
    expect(made.state).toEqual({
      __meta: '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":120000000000}}',
      fingerprint: sampleKey.fingerprint,
      id: "512001",
      name: "login",
      publicKey: `${sampleKey.text}\n`,
    });
    const trimmed = { ...given, publicKey: sampleKey.text };
    expect((await plan(urns.key, made, trimmed)).changed).toBe(false);
  });

  it("is renamed in place and replaced for another key", async () => {
    const made = await make(urns.key, given);
    expect(await change(urns.key, made, { ...given, name: "two" })).toMatchObject({ name: "two" });
    const other = { ...given, publicKey: "ssh-ed25519 AAAA" };
    expect((await plan(urns.key, made, other)).replaces).toEqual(["publicKey"]);
    await engine.delete(urns.key, made.id, made);
    expect((await cloud.call("GET", "/v2/account/keys")).body.ssh_keys).toEqual([]);
  });
});

describe("a tag", () => {
  it("has the official plugin's outputs, and is its own id", async () => {
    const made = await make(urns.tag, { name: "hardway-dev" });
    expect(made.id).toBe("hardway-dev");
    expect(made.state).toEqual({
      databasesCount: 0,
      dropletsCount: 0,
      id: "hardway-dev",
      imagesCount: 0,
      name: "hardway-dev",
      totalResourceCount: 0,
      volumeSnapshotsCount: 0,
      volumesCount: 0,
    });
    expect((await plan(urns.tag, made, { name: "other" })).replaces).toEqual(["name"]);
    await engine.delete(urns.tag, made.id, made);
    expect((await cloud.call("GET", "/v2/tags/hardway-dev")).status).toBe(404);
  });
});

describe("a firewall", () => {
  const given = {
    name: "nodes",
    tags: ["k8s"],
    inboundRules: [
      { protocol: "tcp", portRange: "22", sourceAddresses: ["192.0.2.7", "198.51.100.0/24"] },
      { protocol: "udp", portRange: "all", sourceTags: ["k8s"] },
      { protocol: "icmp", sourceTags: ["k8s"] },
    ],
    outboundRules: [
      { protocol: "tcp", portRange: "1-65535", destinationAddresses: ["0.0.0.0/0", "::/0"] },
    ],
  };
  beforeEach(async () => {
    await cloud.call("POST", "/v2/tags", { name: "k8s" });
  });

  it("is made as asked, and unchanged after", async () => {
    const made = await make(urns.firewall, given);
    expect(made.state).toMatchObject({ status: "succeeded", pendingChanges: [], dropletIds: [] });
    expect(made.state["inboundRules"]).toContainEqual({
      protocol: "udp",
      portRange: "all",
      sourceAddresses: [],
      sourceDropletIds: [],
      sourceKubernetesIds: [],
      sourceLoadBalancerUids: [],
      sourceTags: ["k8s"],
    });
    const shuffled = { ...given, inboundRules: [...given.inboundRules].reverse() };
    expect((await plan(urns.firewall, made, given)).changed).toBe(false);
    expect((await plan(urns.firewall, made, shuffled)).changed).toBe(false);
  });

  it("shows which member of which rule changed, and is updated in place", async () => {
    const made = await make(urns.firewall, given);
    const [ssh, ...others] = given.inboundRules;
    const changed = {
      ...given,
      inboundRules: [{ ...ssh, portRange: "2222" }, ...others, { protocol: "icmp" }],
    };
    const planned = await plan(urns.firewall, made, changed);
    expect(planned).toMatchObject({
      paths: ["inboundRules[0].portRange", "inboundRules[3]"],
      replaces: [],
    });
    const state = await change(urns.firewall, made, changed);
    expect(state["inboundRules"]).toHaveLength(4);
  });

  it.each([
    [{ inboundRules: [], outboundRules: [] }, "At least one rule must be specified"],
    [
      { inboundRules: [{ protocol: "tcp", sourceTags: ["k8s"] }] },
      "`port_range` of inbound rules is required if protocol is `tcp` or `udp`",
    ],
  ])("with %j fails in the preview already", async (changes, message) => {
    const { properties } = await engine.check(urns.firewall, { ...given, ...changes });
    await expect(engine.create(urns.firewall, properties, true)).rejects.toThrow(
      `diffing ${urns.firewall}: ${message}`,
    );
  });

  it("with an unknown member of a rule is refused by name", async () => {
    const { failures } = await engine.check(urns.firewall, {
      ...given,
      inboundRules: [{ protocol: "tcp", portRange: "22", sources: ["192.0.2.7"] }],
    });
    expect(failures).toEqual([
      expect.objectContaining({
        reason: 'an unexpected argument "inboundRules[0].sources" was provided',
      }),
    ]);
  });

  it("may name tags that are not known yet", async () => {
    const { properties } = await engine.check(urns.firewall, { ...given, tags: [Unknown] });
    const created = await engine.create(urns.firewall, properties, true);
    expect(created.properties).toMatchObject({ tags: [Unknown], status: Unknown });
  });
});

describe("the plugin", () => {
  it("refuses other resources by name", async () => {
    const urn = testUrn("digitalocean:index/loadBalancer:LoadBalancer", "lb");
    await expect(engine.check(urn, {})).rejects.toThrow(
      "digitalocean:index/loadBalancer:LoadBalancer: not in the lab's local digitalocean plugin",
    );
  });

  it("says so when the token is wrong", async () => {
    await engine.configure({ token: "wrong", apiEndpoint: cloud.cloud.url });
    await expect(make(urns.tag, { name: "k8s" })).rejects.toThrow(
      /Error creating tag: POST .*\/v2\/tags: 401 .*Unable to authenticate you/,
    );
  });
});
