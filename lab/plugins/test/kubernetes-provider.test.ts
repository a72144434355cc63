import { beforeEach, describe, expect, it } from "vitest";
import { checkConfig } from "../kubernetes/config.ts";
import { activeCluster, connectionOf, parseKubeconfig } from "../kubernetes/kubeconfig.ts";
import { Unknown, type OutgoingMap } from "../lib/values.ts";
import { configMap, configMaps, created, engine, withEngine } from "./support/config-maps.ts";

withEngine();

describe("kubeconfig", () => {
  const yaml = `
clusters: [{name: c, cluster: {server: "https://a:6443/"}}, {name: d, cluster: {server: "https://b:6443"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: n}}, {name: y, context: {cluster: d, user: u}}]
current-context: x
`;

  it("reads YAML and JSON, and finds the context in force", async () => {
    const config = await parseKubeconfig(yaml);
    expect(connectionOf(config, {})).toMatchObject({
      cluster: { server: "https://a:6443" },
      namespace: "n",
    });
    expect(connectionOf(config, { context: "y" })).toMatchObject({
      cluster: { server: "https://b:6443" },
      namespace: "default",
    });
    const again = await parseKubeconfig(JSON.stringify(config.raw));
    expect(activeCluster(again, { cluster: "d" })).toEqual({ server: "https://b:6443" });
  });

  it("fails in client-go's words", async () => {
    const config = await parseKubeconfig(yaml);
    expect(() => connectionOf(config, { context: "z" })).toThrow('context "z" does not exist');
    await expect(parseKubeconfig("")).rejects.toThrow("kubeconfig: no mapping, got nothing");
  });
});

describe("provider arguments", () => {
  it("takes those of the SDK, booleans and settings as JSON text", () => {
    expect(
      checkConfig({
        kubeconfig: Unknown,
        clusterIdentifier: "c",
        enableServerSideApply: "true",
        kubeClientSettings: '{"qps":5,"burst":10}',
        version: "4.32.0",
      }),
    ).toEqual([]);
  });

  it.each([
    ["renderYamlToDirectory", "dir"],
    ["helmReleaseSettings", "{}"],
    ["enableServerSideApply", "false"],
    ["alwaysRender", "true"],
    ["strictMode", "true"],
  ])("refuses %s by name", (name, value) => {
    expect(checkConfig({ [name]: value })).toEqual([
      { property: name, reason: expect.stringContaining(`"${name}`) as string },
    ]);
  });
});

describe("a cluster that does not answer", () => {
  const dead = { kubeconfig: "" };
  beforeEach(() => {
    dead.kubeconfig = engine.api.kubeconfig("https://127.0.0.1:1");
  });

  it("is no error until something is asked of it", async () => {
    await engine.configure(dead);
    const inputs = configMap({ a: "1" });
    expect((await engine.check(configMaps, inputs)).properties).toEqual(inputs);
    expect((await engine.create(configMaps, inputs, true)).properties).toEqual(inputs);
    await expect(engine.create(configMaps, inputs)).rejects.toThrow(
      /^2 UNKNOWN: configured Kubernetes cluster is unreachable: unable to load schema information from the API server: Get "https:\/\/127.0.0.1:1\/api\/v1": dial tcp 127.0.0.1:1: connect: connection refused$/,
    );
    expect(engine.api.calls.filter((call) => call.method === "POST")).toEqual([]);
  });

  it("lets nothing be deleted or read, unless deleteUnreachable says that it is gone", async () => {
    const { id, olds } = await created();
    await engine.configure(dead);
    await expect(engine.delete(configMaps, id, olds)).rejects.toThrow(
      'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
    );
    await expect(engine.read(configMaps, id, olds)).rejects.toThrow("unreachable cluster");
    await engine.configure({ ...dead, deleteUnreachable: "true" });
    await engine.delete(configMaps, id, olds);
    expect((await engine.read(configMaps, id, olds)).id).toBe("");
  });

  it("is remembered when the kubeconfig is wrong", async () => {
    await engine.configure({ kubeconfig: '{"current-context":"x"}' });
    await expect(engine.create(configMaps, configMap({}))).rejects.toThrow(
      'failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- context "x" does not exist',
    );
  });
});

describe("the provider's own changes", () => {
  const config = (server: string, identifier?: string): OutgoingMap => ({
    kubeconfig: engine.api.kubeconfig(server),
    clusterIdentifier: identifier,
  });
  const [here, there] = ["https://10.0.0.1:6443", "https://10.0.0.2:6443"];

  it("replaces everything for another cluster", async () => {
    const { replaces } = await engine.diffConfig(config(here), config(there));
    expect(replaces).toEqual(["kubeconfig"]);
  });

  it("replaces everything while the kubeconfig is not known", async () => {
    const { replaces } = await engine.diffConfig(config(here), { kubeconfig: Unknown });
    expect(replaces).toEqual(["kubeconfig"]);
  });

  it("never replaces while the identifier stays, known kubeconfig or not", async () => {
    const old = config(here, "c");
    expect(await engine.diffConfig(old, config(there, "c"))).toEqual({
      changed: true,
      replaces: [],
    });
    const unknown: OutgoingMap = { kubeconfig: Unknown, clusterIdentifier: "c" };
    expect((await engine.diffConfig(old, unknown)).replaces).toEqual([]);
  });

  it("replaces when the identifier changes, not when it comes or goes", async () => {
    const diff = (olds: OutgoingMap, news: OutgoingMap) => engine.diffConfig(olds, news);
    expect((await diff(config(here, "a"), config(here, "b"))).replaces).toEqual([
      "clusterIdentifier",
    ]);
    expect((await diff(config(here), config(here, "b"))).replaces).toEqual([]);
    expect((await diff(config(here, "a"), config(here))).replaces).toEqual([]);
  });
});
