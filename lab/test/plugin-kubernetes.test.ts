import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { providerPb } from "../plugins/lib/proto.ts";
import { testUrn } from "../plugins/lib/testing.ts";
import { secret, Unknown, type OutgoingMap, type PropertyMap } from "../plugins/lib/values.ts";
import { kubeEngine } from "./support/kube-engine.ts";

const { UPDATE, UPDATE_REPLACE } = providerPb.PropertyDiff.Kind;
const configMaps = testUrn("kubernetes:core/v1:ConfigMap", "settings");
const secrets = testUrn("kubernetes:core/v1:Secret", "login");
const path = "/api/v1/namespaces/default/configmaps/settings";

const configMap = (data: PropertyMap, more: PropertyMap = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "default", ...more },
  data,
});

let engine: Awaited<ReturnType<typeof kubeEngine>>;
beforeEach(async () => {
  engine = await kubeEngine({ enableConfigMapMutable: "true" });
  engine.api.store.put("/api/v1/namespaces/default", { metadata: { name: "default" } });
});
afterEach(() => engine.stop());

const requests = (method: string) => engine.api.calls.filter((call) => call.method === method);
const created = async (inputs: OutgoingMap = configMap({ a: "1" })) => {
  const { id, properties } = await engine.create(configMaps, inputs);
  return { id, olds: { inputs: properties["__inputs"] as PropertyMap, state: properties } };
};

describe("check", () => {
  it("names an object after its resource, and keeps the name from then on", async () => {
    const first = await engine.check(configMaps, { apiVersion: "v1", kind: "ConfigMap" });
    const metadata = first.properties["metadata"] as PropertyMap;
    expect(metadata).toMatchObject({
      name: expect.stringMatching(/^settings-[0-9a-f]{8}$/) as string,
      namespace: "default",
      annotations: { "pulumi.com/autonamed": "true" },
    });
    const news = { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } };
    const second = await engine.check(configMaps, news, first.properties);
    expect(second.properties["metadata"]).toEqual(metadata);
  });

  it("gives no namespace to what lives outside of namespaces", async () => {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } };
    const { properties } = await engine.check(testUrn("kubernetes:core/v1:Node", "n"), node);
    expect(properties["metadata"]).toEqual({ name: "n" });
  });

  it("takes the scope of a custom kind from a CRD of the same run", async () => {
    const spec = { group: "acme.io", scope: "Cluster", names: { kind: "Rule" } };
    const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", spec };
    const crds = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
    await engine.check(testUrn(crds, "crd"), { ...crd, metadata: { name: "rules.acme.io" } });
    const rule = { apiVersion: "acme.io/v1", kind: "Rule", metadata: { name: "r" } };
    const { properties } = await engine.check(testUrn("kubernetes:acme.io/v1:Rule", "r"), rule);
    expect(properties["metadata"]).toEqual({ name: "r" });
  });

  it("makes what a Secret holds secret, whether or not the program does", async () => {
    const news = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { p: "x" },
    };
    const { properties, secrets: marked } = await engine.check(secrets, news);
    expect(properties["data"]).toEqual({ p: "eA==" });
    expect(properties).not.toHaveProperty("stringData");
    expect(marked).toEqual([["data"]]);
  });

  it("keeps a secret of the program at its place", async () => {
    const news = { ...configMap({}), data: { open: "1", closed: secret("2") } };
    const { secrets: marked } = await engine.check(configMaps, news);
    expect(marked).toEqual([["data", "closed"]]);
  });

  it.each([
    ["kubernetes:core/v1:PodList", { apiVersion: "v1", kind: "PodList" }, "list resources exist"],
    [
      "kubernetes:core/v1:NamespacePatch",
      { apiVersion: "v1", kind: "Namespace" },
      "patch resources require the `.metadata.name` field",
    ],
    [
      "kubernetes:core/v1:Pod",
      { apiVersion: "v1", kind: "Pod", metadata: { generateName: "p-" } },
      "`.metadata.generateName` field is not supported",
    ],
    ["kubernetes:helm.sh/v4:Chart", {}, "kubernetes:helm.sh/v4:Chart: not in the lab's local"],
  ])("fails for %s %o", async (type, news, message) => {
    await expect(engine.check(testUrn(type, "x"), news)).rejects.toThrow(message);
  });
});

describe("create", () => {
  it("posts the object and records it with its inputs", async () => {
    const { id, properties } = await engine.create(configMaps, configMap({ a: "1" }));
    expect(id).toBe("default/settings");
    expect(engine.api.store.objects.get(path)).toMatchObject({ data: { a: "1" } });
    expect(requests("POST")[0]?.query).toEqual({ fieldManager: "pulumi-kubernetes" });
    expect(properties).toMatchObject({
      data: { a: "1" },
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) as string },
      __inputs: configMap({ a: "1" }),
      __initialApiVersion: "v1",
      __fieldManager: expect.stringMatching(/^pulumi-kubernetes-[0-9a-f]{8}$/) as string,
    });
  });

  it("tries it out on the server in a preview, and changes nothing", async () => {
    engine.api.hooks.onWrite = (object) => ({ ...object, immutable: false, status: {} });
    const { id, properties } = await engine.create(configMaps, configMap({ a: "1" }), true);
    expect(id).toBe("");
    expect(requests("POST")[0]?.query["dryRun"]).toBe("All");
    expect(engine.api.store.objects.has(path)).toBe(false);
    expect(properties).toMatchObject({ immutable: false, data: { a: "1" } });
    expect(properties).not.toHaveProperty("status");
  });

  it("previews what the server cannot know yet by its inputs alone", async () => {
    const unknown = configMap({ a: Unknown });
    expect((await engine.create(configMaps, unknown, true)).properties).toEqual(unknown);
    const elsewhere = configMap({ a: "1" }, { namespace: "to-come" });
    expect((await engine.create(configMaps, elsewhere, true)).properties).toEqual(elsewhere);
    const rule = { apiVersion: "acme.io/v1", kind: "Rule", metadata: { name: "r" } };
    const rules = testUrn("kubernetes:acme.io/v1:Rule", "r");
    expect((await engine.create(rules, rule, true)).properties).toEqual(rule);
  });

  it("fails for an object that exists, and says what can be done", async () => {
    engine.api.store.put(path, configMap({}));
    await expect(engine.create(configMaps, configMap({ a: "1" }))).rejects.toThrow(
      /was not successfully created[^]*already exists[^]*upsertExistingObjects/,
    );
  });

  it("applies over an object that exists where upsertExistingObjects is set", async () => {
    await engine.configure({ kubeconfig: engine.api.kubeconfig(), upsertExistingObjects: "true" });
    engine.api.store.put(path, configMap({ before: "0" }));
    await engine.create(configMaps, configMap({ a: "1" }));
    expect(engine.api.store.objects.get(path)).toMatchObject({ data: { before: "0", a: "1" } });
    expect(requests("PATCH")[0]).toMatchObject({
      contentType: "application/apply-patch+yaml",
      query: { force: "false" },
    });
  });

  it("waits for a namespace that comes late", async () => {
    const inputs = configMap({ a: "1" }, { namespace: "late" });
    const creating = engine.create(configMaps, inputs);
    await expect.poll(() => requests("POST").length).toBeGreaterThan(1);
    engine.api.store.put("/api/v1/namespaces/late", { metadata: { name: "late" } });
    expect((await creating).id).toBe("late/settings");
  });

  it("finds a kind whose CRD is newer than what it knows of the server", async () => {
    const rules = testUrn("kubernetes:acme.io/v1:Rule", "r");
    const rule = { apiVersion: "acme.io/v1", kind: "Rule", metadata: { name: "r" } };
    await engine.create(rules, rule, true);
    engine.api.addKinds("acme.io/v1", "Rule/rules/");
    expect((await engine.create(rules, rule)).id).toBe("r");
  });

  it("keeps secrets secret in the inputs and in the live object, and out of the rest", async () => {
    const login = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "login", namespace: "default" },
      data: secret({ password: "aHVudGVyMg==" }),
    };
    const { secrets: marked } = await engine.create(secrets, login);
    expect(marked).toContainEqual(["data"]);
    expect(marked).toContainEqual(["__inputs", "data"]);
    expect(JSON.stringify(engine.logged)).not.toContain("aHVudGVyMg");
  });
});

describe("diff", () => {
  it("finds nothing when others have written to the object", async () => {
    engine.api.hooks.onWrite = (object) => ({
      ...object,
      spec: { clusterIP: "10.32.0.7" },
      data: { ...(object["data"] as PropertyMap), injected: "by-a-controller" },
    });
    const { id, olds } = await created();
    const { changed } = await engine.diff(configMaps, id, olds, olds.inputs);
    expect(changed).toBe(false);
  });

  it("finds what the program changed, and what drifted", async () => {
    const { id, olds } = await created(configMap({ a: "1", b: "2" }));
    const drifted = { ...olds, state: { ...olds.state, data: { a: "1", b: "0" } } };
    const { kinds } = await engine.diff(configMaps, id, drifted, configMap({ a: "9", b: "2" }));
    expect(kinds).toEqual({ "data.a": UPDATE, "data.b": UPDATE });
  });

  it("replaces for another name", async () => {
    const { id, olds } = await created();
    const renamed = configMap({ a: "1" }, { name: "other" });
    const { kinds, replaces } = await engine.diff(configMaps, id, olds, renamed);
    expect(kinds).toEqual({ "metadata.name": UPDATE_REPLACE });
    expect(replaces).toEqual(["metadata"]);
  });
});

describe("update", () => {
  it("takes over its own fields once, then applies", async () => {
    const { id, olds } = await created();
    const updated = await engine.update(configMaps, id, olds, configMap({ a: "2" }));
    expect(updated.properties).toMatchObject({ data: { a: "2" }, __inputs: { data: { a: "2" } } });
    const [adopt, apply] = requests("PATCH");
    expect(adopt).toMatchObject({
      contentType: "application/json-patch+json",
      body: [
        {
          path: "/metadata/managedFields",
          value: [{ manager: olds.state["__fieldManager"], operation: "Apply" }],
        },
        { path: "/metadata/resourceVersion" },
      ],
    });
    expect(apply).toMatchObject({
      contentType: "application/apply-patch+yaml",
      query: { fieldManager: olds.state["__fieldManager"], force: "false" },
    });
    const again = { inputs: configMap({ a: "2" }), state: updated.properties };
    await engine.update(configMaps, id, again, configMap({ a: "3" }));
    expect(requests("PATCH").map((call) => call.contentType)).toEqual([
      "application/json-patch+json",
      "application/apply-patch+yaml",
      "application/apply-patch+yaml",
    ]);
  });

  it("changes nothing in a preview", async () => {
    const { id, olds } = await created();
    await engine.update(configMaps, id, olds, configMap({ a: "2" }), true);
    expect(requests("PATCH")).toHaveLength(1);
    expect(requests("PATCH")[0]?.query).toMatchObject({ dryRun: "All", force: "true" });
    expect(engine.api.store.objects.get(path)).toMatchObject({ data: { a: "1" } });
  });

  it("names the conflict, and where to read about it", async () => {
    const { id, olds } = await created();
    engine.api.hooks.refuse = ({ contentType }) =>
      contentType.startsWith("application/apply-patch")
        ? { code: 409, reason: "Conflict", message: 'conflict with "kcm": .spec.taints' }
        : undefined;
    await expect(engine.update(configMaps, id, olds, configMap({ a: "2" }))).rejects.toThrow(
      /reported that "default\/settings" failed[^]*#handle-field-conflicts-on-existing-resources[^]*conflict with "kcm": .spec.taints/,
    );
  });
});

describe("read", () => {
  it("gives the live object, with the inputs as far as they reach", async () => {
    const { id, olds } = await created();
    engine.api.store.put(path, { ...configMap({ a: "drift", more: "x" }), extra: 1 });
    const { state, inputs } = await engine.read(configMaps, id, olds);
    expect(inputs.properties["data"]).toEqual({ a: "drift" });
    expect(state.properties).toMatchObject({ data: { a: "drift", more: "x" }, extra: 1 });
  });

  it("takes all but the server's own members for an import", async () => {
    engine.api.store.put(path, configMap({ a: "1" }));
    const { inputs } = await engine.read(configMaps, "default/settings", { state: {}, inputs: {} });
    expect(inputs.properties).toEqual({
      ...configMap({ a: "1" }),
      metadata: { name: "settings", namespace: "default" },
    });
  });

  it("says that the object is gone", async () => {
    const { id, olds } = await created();
    engine.api.store.remove(path);
    expect((await engine.read(configMaps, id, olds)).id).toBe("");
  });
});

describe("delete", () => {
  it("asks for foreground deletion, or what the annotation says", async () => {
    const background = { "pulumi.com/deletionPropagationPolicy": "background" };
    const { id, olds } = await created();
    await engine.delete(configMaps, id, olds);
    const annotated = await created(configMap({}, { annotations: background }));
    await engine.delete(configMaps, annotated.id, annotated.olds);
    expect(requests("DELETE").map(({ body }) => body)).toEqual([
      { propagationPolicy: "Foreground" },
      { propagationPolicy: "Background" },
    ]);
  });

  it("does not mind what is gone already, or whose kind is", async () => {
    const { id, olds } = await created();
    engine.api.store.remove(path);
    await engine.delete(configMaps, id, olds);
    const rule = { apiVersion: "acme.io/v1", kind: "Rule", metadata: { name: "r" } };
    await engine.delete(testUrn("kubernetes:acme.io/v1:Rule", "r"), "r", {
      inputs: rule,
      state: { ...rule, __inputs: rule },
    });
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
