import { afterEach, beforeEach, expect, it } from "vitest";
import { bridged } from "../lib/bridge/bridged.ts";
import { Client } from "../digitalocean/client.ts";
import { clientOptions } from "../digitalocean/config.ts";
import { droplet } from "../digitalocean/droplet.ts";
import { vpc } from "../digitalocean/vpc.ts";
import type { PropertyMap } from "../lib/values.ts";
import type { ResourceHandler } from "../lib/plugin.ts";
import { makeDroplet, TestCloud, testToken } from "../../test/cloud-support.ts";

// What a refresh, an import and an ignored change do: calls that the plain tests of the plugin do not make.

let cloud: TestCloud;
let handlers: { droplet: ResourceHandler; vpc: ResourceHandler };
beforeEach(async () => {
  cloud = await new TestCloud().start();
  const client = new Client(clientOptions({ token: testToken, apiEndpoint: cloud.cloud.url }, {}));
  const tools = { pollMs: 1, client: () => client };
  handlers = { droplet: bridged(droplet, tools), vpc: bridged(vpc, tools) };
});
afterEach(() => cloud.stop());

const context = {
  urn: "urn:pulumi:dev::test::digitalocean:index/droplet:Droplet::master-1",
  type: "digitalocean:index/droplet:Droplet",
  name: "master-1",
  signal: new AbortController().signal,
  log: () => undefined,
};
const read = (id: string, state: PropertyMap, inputs: PropertyMap) =>
  handlers.droplet.read?.({ ...context, id, state, inputs });

const inputs = {
  __defaults: ["backups", "gracefulShutdown", "ipv6", "monitoring", "resizeDisk"],
  backups: false,
  gracefulShutdown: false,
  image: "debian-12-x64",
  ipv6: false,
  monitoring: false,
  name: "master-1",
  region: "fra1",
  resizeDisk: true,
  size: "s-1vcpu-1gb",
  tags: ["k8s"],
  userData: "#cloud-config\n",
};

async function made() {
  const { id, state } = await handlers.droplet.create({
    ...context,
    inputs,
    secrets: [],
    preview: false,
    timeoutSeconds: 0,
  });
  return { id, state: state as PropertyMap };
}

it("a refresh leaves inputs alone that nobody changed, the text of user data among them", async () => {
  const { id, state } = await made();
  const found = await read(id, state, inputs);
  expect(found).toEqual({ id, state, inputs });
});

it("a refresh finds what was changed behind Pulumi's back", async () => {
  const { id, state } = await made();
  await cloud.call("POST", `/v2/droplets/${id}/actions`, { type: "rename", name: "other" });
  await cloud.call("DELETE", "/v2/tags/k8s");
  const found = await read(id, state, inputs);
  expect(found?.state).toMatchObject({ name: "other", tags: [], image: "debian-12-x64" });
  expect(found?.inputs).toEqual({ ...inputs, name: "other", tags: [] });
});

it("a refresh finds that a droplet is gone", async () => {
  const { id, state } = await made();
  await cloud.call("DELETE", `/v2/droplets/${id}`);
  await cloud.cloud.idle();
  expect(await read(id, state, inputs)).toBeNull();
});

it("an import finds what one would have given", async () => {
  const id = String(await makeDroplet(cloud, { tags: ["k8s"] }));
  const found = await read(id, {}, {});
  expect(found?.inputs).toEqual({
    image: "debian-12-x64",
    name: "master-1",
    privateNetworking: true,
    publicNetworking: true,
    region: "fra1",
    size: "s-1vcpu-1gb",
    tags: ["k8s"],
    vpcUuid: found?.state["vpcUuid"],
  });
  await expect(read("m1001", {}, {})).rejects.toThrow(/invalid droplet id/);
});

it("an ignored change is none, whatever the engine put in its place", async () => {
  const { id, state } = await made();
  const asked = { ...context, id, state, oldInputs: inputs };
  const news = { ...inputs, userData: "another", image: "debian-13-x64" };
  const differs = await handlers.droplet.diff({ ...asked, news, ignoreChanges: [] });
  expect(Object.keys(differs.changes).sort()).toEqual(["image", "userData"]);
  const ignoreChanges = ["userData", "image"];
  expect(await handlers.droplet.diff({ ...asked, news, ignoreChanges })).toMatchObject({
    changes: {},
  });
  const updated = await handlers.droplet.update?.({
    ...asked,
    inputs: { ...news, tags: ["k8s", "new"] },
    secrets: [],
    ignoreChanges,
    preview: false,
    timeoutSeconds: 0,
  });
  expect(updated?.state).toMatchObject({
    tags: ["k8s", "new"],
    userData: state["userData"],
    image: "debian-12-x64",
  });
});

it("a thing of a given name goes before its replacement comes, one of a default name after", async () => {
  const state = { id: "v", name: "hw", region: "fra1" };
  const diff = (defaults: string[]) =>
    handlers.vpc.diff({
      ...context,
      id: "v",
      state,
      oldInputs: {},
      news: { __defaults: defaults, name: "hw", region: "ams3" },
      ignoreChanges: [],
    });
  expect((await diff([])).deleteBeforeReplace).toBe(true);
  expect((await diff(["name"])).deleteBeforeReplace).toBe(false);
});
