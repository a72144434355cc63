import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linodePlugin } from "../linode/plugin.ts";
import { testEngine, testUrn } from "../lib/testing.ts";
import { secret, Unknown, type OutgoingMap } from "../lib/values.ts";
import { linodeCall } from "../../test/cloud-linode-support.ts";
import { sampleKey, TestCloud, testToken } from "../../test/cloud-support.ts";

// The official plugin's answers were recorded with the same calls to pulumi-resource-linode v5.1.1 and this emulator.

let cloud: TestCloud;
let engine: Awaited<ReturnType<typeof testEngine>>;
beforeEach(async () => {
  cloud = await new TestCloud().start();
  engine = await testEngine(linodePlugin({ HOME: "/nonexistent" }));
  await engine.configure({ token: testToken, url: cloud.cloud.linodeUrl, eventPollMs: "1" });
});
afterEach(async () => {
  engine.close();
  await cloud.stop();
});

const urns = {
  device: testUrn("linode:index/firewallDevice:FirewallDevice", "worker-0"),
  firewall: testUrn("linode:index/firewall:Firewall", "nodes"),
  instance: testUrn("linode:index/instance:Instance", "worker-0"),
  key: testUrn("linode:index/sshKey:SshKey", "login"),
  subnet: testUrn("linode:index/vpcSubnet:VpcSubnet", "nodes"),
  vpc: testUrn("linode:index/vpc:Vpc", "vpc"),
} as const;

/** Checks, then creates: what `pulumi up` does with a new resource. */
async function make(urn: string, given: OutgoingMap) {
  const { properties: inputs, failures } = await engine.check(urn, given);
  expect(failures).toEqual([]);
  const { id, properties: state, secrets } = await engine.create(urn, inputs);
  return { id, inputs, state, secrets };
}
type Made = Awaited<ReturnType<typeof make>>;

/** What a plan says when the program's inputs change. */
async function plan(urn: string, made: Made, given: OutgoingMap) {
  const { properties: news } = await engine.check(urn, given, made.inputs);
  const { changed, kinds, replaces } = await engine.diff(urn, made.id, made, news);
  return { changed, paths: Object.keys(kinds).sort(), replaces, news };
}

async function change(urn: string, made: Made, given: OutgoingMap): Promise<Made> {
  const { news } = await plan(urn, made, given);
  const { properties: state } = await engine.update(urn, made.id, made, news);
  return { ...made, state, inputs: news };
}

const failuresOf = async (urn: string, given: OutgoingMap) =>
  (await engine.check(urn, given)).failures.map(({ reason }) => reason);

const order = {
  region: "us-ord",
  type: "g6-nanode-1",
  image: "linode/debian12",
  label: "worker-0",
} as const;
const userData = Buffer.from("#cloud-config\n").toString("base64");

async function makeSubnet() {
  const vpc = await make(urns.vpc, { label: "hw", region: "us-ord" });
  const given = { label: "nodes", vpcId: Number(vpc.id), ipv4: "10.0.0.0/24" };
  return { vpc, subnet: await make(urns.subnet, given), given };
}

/** An order with everything that a cluster node has. */
async function nodeOrder() {
  const { subnet } = await makeSubnet();
  const addresses = { vpc: "10.0.0.5", nat11: "any" };
  return {
    ...order,
    tags: ["k8s", "blue"],
    authorizedKeys: [sampleKey.text],
    metadatas: [{ userData }],
    interfaces: [
      { purpose: "public", primary: true },
      { purpose: "vpc", subnetId: Number(subnet.id), ipv4: addresses },
    ],
  };
}

describe("an Instance", () => {
  it("is checked as the official plugin does it: defaults filled in and listed", async () => {
    const { properties, failures } = await engine.check(urns.instance, order);
    expect(failures).toEqual([]);
    expect(properties).toEqual({
      ...order,
      __defaults: [
        "migrationType",
        "placementGroupExternallyManaged",
        "resizeDisk",
        "watchdogEnabled",
      ],
      migrationType: "cold",
      placementGroupExternallyManaged: false,
      resizeDisk: false,
      watchdogEnabled: true,
    });
  });

  it("has the official plugin's outputs", async () => {
    const { id, state } = await make(urns.instance, await nodeOrder());
    expect(id).toBe("6000001");
    expect(state).toMatchObject({
      __meta:
        '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":900000000000,"delete":600000000000,"update":3600000000000}}',
      id: "6000001",
      label: "worker-0",
      status: "running",
      booted: true,
      tags: ["blue", "k8s"],
      ipAddress: "10.240.64.1",
      ipv4s: ["10.240.64.1"],
      hasUserData: true,
      metadatas: [{ userData }],
      specs: [{ disk: 25600, memory: 1024, vcpus: 1, transfer: 1000 }],
      interfaces: [
        { purpose: "public", primary: true, active: true, subnetId: 0 },
        { purpose: "vpc", primary: false, ipv4: { vpc: "10.0.0.5", nat11: "10.240.64.1" } },
      ],
      configs: [{ runLevel: "default", devices: { sda: { volumeId: 0 } } }],
      disks: [{ filesystem: "ext4" }, { filesystem: "swap", size: 512 }],
      swapSize: 512,
    });
    const [machine] = cloud.hypervisor.machines.values();
    expect(machine?.spec.userData).toBe("#cloud-config\n");
  });

  it("is unchanged when nothing changes, although the cloud has filled in much", async () => {
    const given = await nodeOrder();
    const made = await make(urns.instance, given);
    const again = { ...given, tags: ["BLUE", "k8s"] };
    expect((await plan(urns.instance, made, again)).changed).toBe(false);
    const plain = await make(urns.instance, { ...order, label: "worker-1" });
    expect((await plan(urns.instance, plain, { ...order, label: "worker-1" })).changed).toBe(false);
  });

  it.each<[OutgoingMap, string[]]>([
    [{ image: "linode/debian13" }, ["image"]],
    [{ authorizedKeys: [sampleKey.text, "ssh-rsa AAAA"] }, ["authorizedKeys[1]"]],
    [{ metadatas: [{ userData: "eA==" }] }, ["metadatas[0].userData"]],
    [{ metadatas: [{ userData: Unknown }] }, ["metadatas[0].userData"]],
    [{ firewallId: 1 }, ["firewallId"]],
    [{ rootPass: "eleven chars" }, ["rootPass"]],
  ])("is replaced for %j", async (news, paths) => {
    const given = await nodeOrder();
    const planned = await plan(urns.instance, await make(urns.instance, given), {
      ...given,
      ...news,
    });
    expect(planned.paths).toEqual(paths);
    expect(planned.replaces).toEqual(paths.map((path) => path.replace(/\[.*/, "")));
  });

  it("changes in place: label, tags, plan, region, addresses in the VPC", async () => {
    const given = await nodeOrder();
    const made = await make(urns.instance, given);
    const [outer, inner] = given.interfaces;
    const moved = { ...inner, ipv4: { vpc: "10.0.0.6" } };
    const news = { ...given, label: "x-0", tags: ["k8s"], type: "g6-standard-1", region: "eu" };
    const planned = await plan(urns.instance, made, { ...news, interfaces: [outer, moved] });
    expect(planned.paths).toEqual(["interfaces[1].ipv4.vpc", "label", "region", "tags[0]", "type"]);
    expect(planned.replaces).toEqual([]);
  });

  it("keeps of a root password only a hash, and keeps that secret", async () => {
    const checked = await engine.check(urns.instance, { ...order, rootPass: "eleven chars" });
    expect(checked.secrets).toEqual([["rootPass"]]);
    const inputs = { ...checked.properties, rootPass: secret("eleven chars") };
    const { properties: state, secrets } = await engine.create(urns.instance, inputs);
    const hash = createHash("sha3-512").update("eleven chars").digest("base64");
    expect([state["rootPass"], secrets]).toEqual([hash, [["rootPass"]]]);
    expect(await failuresOf(urns.instance, { ...order, rootPass: secret("short") })).toEqual([
      "expected length of root_pass to be in the range (11 - 128), got another length. Examine values at 'worker-0.rootPass'.",
    ]);
  });

  it("in a preview knows its inputs and nothing else", async () => {
    const given: OutgoingMap = { ...order, metadatas: [{ userData: Unknown }] };
    const { properties: inputs } = await engine.check(urns.instance, given);
    const { id, properties } = await engine.create(urns.instance, inputs, true);
    expect(id).toBe("");
    expect(properties).toMatchObject({
      label: "worker-0",
      ipAddress: Unknown,
      ipv4s: Unknown,
      status: Unknown,
    });
    expect(cloud.hypervisor.machines.size).toBe(0);
  });

  it("moves to a larger plan: off, resized, on again", async () => {
    const made = await make(urns.instance, order);
    cloud.hypervisor.calls.length = 0;
    const { state } = await change(urns.instance, made, { ...order, type: "g6-standard-1" });
    expect(state).toMatchObject({ type: "g6-standard-1", status: "running" });
    const calls = cloud.hypervisor.calls.map((call) => call.split(" ")[0]);
    expect(calls.filter((call) => call !== "applyFirewall")).toEqual([
      "shutdown",
      "resize",
      "reboot",
    ]);
  });

  it("does not fit into a smaller plan", async () => {
    const made = await make(urns.instance, { ...order, type: "g6-standard-1" });
    await expect(change(urns.instance, made, order)).rejects.toThrow(
      "failed to change instance type: linode type Nanode 1GB has insufficient disk capacity for the config. Have 25600; want 51200",
    );
  });

  it("takes a new label and new tags, and is turned off and on", async () => {
    const renamed = { ...order, label: "worker-x", tags: ["new"] };
    let made = await change(urns.instance, await make(urns.instance, order), renamed);
    expect(made.state).toMatchObject({ label: "worker-x", tags: ["new"], status: "running" });
    made = await change(urns.instance, made, { ...renamed, booted: false });
    expect(made.state).toMatchObject({ booted: false, status: "offline" });
    made = await change(urns.instance, made, { ...renamed, booted: true });
    expect(made.state).toMatchObject({ booted: true, status: "running" });
  });

  it("is gone, and its subnet free, when its deletion ends", async () => {
    const { subnet, given } = await makeSubnet();
    const interfaces = [
      { purpose: "public", primary: true },
      { purpose: "vpc", subnetId: Number(subnet.id) },
    ];
    const made = await make(urns.instance, { ...order, interfaces });
    await expect(engine.delete(urns.subnet, subnet.id, subnet)).rejects.toThrow(
      /^2 UNKNOWN: Failed to delete the VPC subnet \(\d+\): \[400\]/,
    );
    await engine.delete(urns.instance, made.id, made);
    await engine.delete(urns.subnet, subnet.id, subnet);
    const path = `/v4/vpcs/${given.vpcId}/subnets/${subnet.id}`;
    expect((await linodeCall(cloud, "GET", path)).status).toBe(404);
    await expect(engine.delete(urns.instance, made.id, made)).rejects.toThrow(
      `1 error occurred:\n\t* Error deleting Linode instance ${made.id}: [404] Not found`,
    );
  });

  it("says what the API says no to, and what only the official plugin does", async () => {
    await make(urns.instance, order);
    const { properties: inputs } = await engine.check(urns.instance, order);
    await expect(engine.create(urns.instance, inputs)).rejects.toThrow(
      "1 error occurred:\n\t* Error creating a Linode Instance: [400] [label] Label must be unique among your linodes",
    );
    expect(await failuresOf(urns.instance, { ...order, stackscriptId: 1 })).toEqual([
      "the lab's stand-in for the linode plugin does not do an Instance's stackscriptId; use the official plugin for it. Examine values at 'worker-0.stackscriptId'.",
    ]);
    expect(
      await failuresOf(urns.instance, { region: "us-ord", label: "a", authorizedKeys: ["k"] }),
    ).toEqual([
      "Missing required argument. \"authorized_keys\": all of `authorized_keys,image` must be specified. Examine values at 'worker-0.authorizedKeys'.",
      "expected length of label to be in the range (3 - 50), got a. Examine values at 'worker-0.label'.",
    ]);
  });
});

describe("a Vpc and a VpcSubnet", () => {
  it("have the official plugin's outputs, and rename in place", async () => {
    const { vpc, subnet, given } = await makeSubnet();
    expect(vpc.state).toMatchObject({ id: vpc.id, label: "hw", description: "" });
    expect(vpc.state["created"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(subnet.state).toMatchObject({ vpcId: Number(vpc.id), linodes: [] });
    const renamed = await change(urns.subnet, subnet, { ...given, label: "other" });
    expect(renamed.state).toMatchObject({ label: "other", ipv4: "10.0.0.0/24" });
    const moved = await plan(urns.subnet, subnet, { ...given, ipv4: "10.1.0.0/24" });
    expect([moved.paths, moved.replaces]).toEqual([["ipv4"], ["ipv4"]]);
    expect((await plan(urns.vpc, vpc, { label: "hw", region: "eu-west" })).replaces).toEqual([
      "region",
    ]);
  });

  it("take an id that is a text for a number, as the program may have it", async () => {
    const { given, subnet } = await makeSubnet();
    const again = { ...given, vpcId: String(given.vpcId) };
    expect((await plan(urns.subnet, subnet, again)).changed).toBe(false);
  });
});

const rules = {
  label: "hw-fw",
  inboundPolicy: "DROP",
  outboundPolicy: "ACCEPT",
  inbounds: [
    {
      label: "ssh",
      action: "ACCEPT",
      protocol: "TCP",
      ports: "22",
      ipv4s: ["0.0.0.0/0"],
      ipv6s: ["::/0"],
    },
    { label: "ping", action: "ACCEPT", protocol: "ICMP", ipv4s: ["10.0.0.0/24"] },
  ],
} as const;

describe("a Firewall", () => {
  it("has the official plugin's outputs and stays as it is", async () => {
    const given = { ...rules, tags: ["zzz", "aaa"] };
    const made = await make(urns.firewall, given);
    expect(made.state["inbounds"]).toEqual(
      rules.inbounds.map((rule) => ({ ...rule, description: "" })),
    );
    expect(made.state).toMatchObject({
      disabled: false,
      outbounds: [],
      linodes: [],
      devices: [],
      status: "enabled",
      tags: ["aaa", "zzz"],
    });
    const again = { ...given, tags: ["aaa", "zzz"] };
    expect((await plan(urns.firewall, made, again)).changed).toBe(false);
  });

  it("changes its rules, its tags and its status in place", async () => {
    const made = await make(urns.firewall, rules);
    const [ssh] = rules.inbounds;
    const given = {
      ...rules,
      inbounds: [{ ...ssh, ports: "22,80" }],
      tags: ["new"],
      disabled: true,
    };
    const planned = await plan(urns.firewall, made, given);
    expect(planned.paths).toEqual(["disabled", "inbounds[0].ports", "inbounds[1]", "tags[0]"]);
    const { state } = await change(urns.firewall, made, given);
    expect(state).toMatchObject({
      disabled: true,
      inbounds: [{ label: "ssh", ports: "22,80" }],
      tags: ["new"],
    });
  });

  it("names each rule that is wrong", async () => {
    const inbounds = [{ label: "a", action: "Y", protocol: "TCP", ports: "", ipv4s: [] }];
    expect(await failuresOf(urns.firewall, { ...rules, label: "fw", inbounds })).toEqual([
      "Invalid Attribute Value Length. Attribute label string length must be between 3 and 32, got: 2. Examine values at 'nodes.label'.",
      "Invalid Attribute Value Length. Attribute inbound[0].label string length must be between 3 and 32, got: 1. Examine values at 'nodes.inbounds[0].label'.",
      'Invalid Attribute Value Match. Attribute inbound[0].action value must be one of: ["ACCEPT" "DROP"], got: "Y". Examine values at \'nodes.inbounds[0].action\'.',
      "Invalid Attribute Value Length. Attribute inbound[0].ports string length must be at least 1, got: 0. Examine values at 'nodes.inbounds[0].ports'.",
      "Invalid Attribute Value. Attribute inbound[0].ipv4 list must contain at least 1 elements, got: 0. Examine values at 'nodes.inbounds[0].ipv4s'.",
    ]);
  });

  it("takes Linodes that it lists, and lets go of those that it does not list any more", async () => {
    const linodes = [Number((await make(urns.instance, order)).id)];
    const made = await make(urns.firewall, { ...rules, linodes });
    expect(made.state).toMatchObject({ linodes, devices: [{ entityId: linodes[0] }] });
    const { state } = await change(urns.firewall, made, { ...rules, linodes: [] });
    expect(state).toMatchObject({ linodes: [], devices: [] });
  });
});

describe("a FirewallDevice", () => {
  it("puts a Linode behind a firewall, once", async () => {
    const firewall = await make(urns.firewall, rules);
    const linode = await make(urns.instance, { ...order, firewallId: Number(firewall.id) });
    const given = { firewallId: Number(firewall.id), entityId: Number(linode.id) };
    const { properties: inputs } = await engine.check(urns.device, given);
    await expect(engine.create(urns.device, inputs)).rejects.toThrow(
      `2 UNKNOWN: Error creating a Linode Firewall Device: [400] [id] Linode ${linode.id} is already assigned to firewall hw-fw`,
    );
    const other = await make(urns.instance, { ...order, label: "worker-1" });
    const made = await make(urns.device, { ...given, entityId: Number(other.id) });
    expect(made.state).toMatchObject({ entityType: "linode", entityId: Number(other.id) });
    expect((await plan(urns.device, made, { ...given, entityId: 5 })).replaces).toEqual([
      "entityId",
    ]);
    await engine.delete(urns.device, made.id, made);
    await engine.delete(urns.device, made.id, made); // gone already: no error
  });
});

describe("an SshKey", () => {
  const given = { label: "login", sshKey: sampleKey.text };

  it("renames in place and is replaced for another key", async () => {
    const made = await make(urns.key, given);
    expect(made.state).toMatchObject({ ...given, id: made.id });
    const renamed = await change(urns.key, made, { ...given, label: "other" });
    expect(renamed.state).toMatchObject({ label: "other" });
    expect((await plan(urns.key, made, { ...given, sshKey: "ssh-rsa AAAA" })).replaces).toEqual([
      "sshKey",
    ]);
    await engine.delete(urns.key, made.id, made);
    await engine.delete(urns.key, made.id, made); // gone already: no error
  });

  it("must have a label, of letters that the API takes", async () => {
    expect(await failuresOf(urns.key, { sshKey: sampleKey.text })).toEqual([
      "Missing required property 'label': The label of the Linode SSH Key.",
    ]);
    expect(await failuresOf(urns.key, { ...given, label: "a!b" })).toEqual([
      "Invalid Attribute Value Match. Attribute label Labels may only contain letters, number, dashes, and underscores., got: a!b. Examine values at 'login.label'.",
    ]);
  });
});
