import { describe, expect, it } from "vitest";
import { testUrn } from "../lib/testing.ts";
import { secret, Unknown, type PropertyMap } from "../lib/values.ts";
import {
  configMap,
  configMapPath,
  configMaps,
  engine,
  requests,
  withEngine,
} from "./support/config-maps.ts";

const secrets = testUrn("kubernetes:core/v1:Secret", "login");

withEngine();

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
    expect(engine.api.store.objects.get(configMapPath)).toMatchObject({ data: { a: "1" } });
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
    expect(engine.api.store.objects.has(configMapPath)).toBe(false);
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
    engine.api.store.put(configMapPath, configMap({}));
    await expect(engine.create(configMaps, configMap({ a: "1" }))).rejects.toThrow(
      /was not successfully created[^]*already exists[^]*upsertExistingObjects/,
    );
  });

  it("applies over an object that exists where upsertExistingObjects is set", async () => {
    await engine.configure({ kubeconfig: engine.api.kubeconfig(), upsertExistingObjects: "true" });
    engine.api.store.put(configMapPath, configMap({ before: "0" }));
    await engine.create(configMaps, configMap({ a: "1" }));
    expect(engine.api.store.objects.get(configMapPath)).toMatchObject({
      data: { before: "0", a: "1" },
    });
    expect(requests("PATCH")[0]).toMatchObject({
      contentType: "application/apply-patch+yaml",
      query: { force: "false" },
    });
  });

  it("only applies fields for a Patch resource, and gives them up with it", async () => {
    const patches = testUrn("kubernetes:core/v1:NamespacePatch", "label");
    const patch = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "default", labels: { a: "b" } },
    };
    const { id, properties } = await engine.create(patches, patch);
    await engine.delete(patches, id, { inputs: patch, state: properties });
    expect(requests("PATCH").map(({ body }) => body)).toEqual([
      patch,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } },
    ]);
    expect(new Set(requests("PATCH").map(({ query }) => query["fieldManager"])).size).toBe(1);
    expect(requests("DELETE")).toEqual([]);
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
      data: { password: "aHVudGVyMg==" }, // secret by its kind
    };
    const { secrets: marked } = await engine.create(secrets, login);
    expect(marked).toContainEqual(["data"]);
    expect(marked).toContainEqual(["__inputs", "data"]);
    expect(JSON.stringify(engine.logged)).not.toContain("aHVudGVyMg");
  });
});
