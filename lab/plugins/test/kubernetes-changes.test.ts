import { describe, expect, it } from "vitest";
import { providerPb } from "../lib/proto.ts";
import { testUrn } from "../lib/testing.ts";
import type { PropertyMap } from "../lib/values.ts";
import {
  configMap,
  configMapPath,
  configMaps,
  created,
  engine,
  requests,
  withEngine,
} from "./support/config-maps.ts";

const { UPDATE, UPDATE_REPLACE } = providerPb.PropertyDiff.Kind;

withEngine();

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
    expect(engine.api.store.objects.get(configMapPath)).toMatchObject({ data: { a: "1" } });
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
    engine.api.store.put(configMapPath, { ...configMap({ a: "drift", more: "x" }), extra: 1 });
    const { state, inputs } = await engine.read(configMaps, id, olds);
    expect(inputs.properties["data"]).toEqual({ a: "drift" });
    expect(state.properties).toMatchObject({ data: { a: "drift", more: "x" }, extra: 1 });
  });

  it("takes all but the server's own members for an import", async () => {
    engine.api.store.put(configMapPath, configMap({ a: "1" }));
    const { inputs } = await engine.read(configMaps, "default/settings", { state: {}, inputs: {} });
    expect(inputs.properties).toEqual({
      ...configMap({ a: "1" }),
      metadata: { name: "settings", namespace: "default" },
    });
  });

  it("marks what a Secret holds in an import", async () => {
    const login = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "login" },
      data: { p: "eA==" },
    };
    engine.api.store.put("/api/v1/namespaces/default/secrets/login", login);
    const urn = testUrn("kubernetes:core/v1:Secret", "login");
    const read = await engine.read(urn, "default/login", { state: {}, inputs: {} });
    expect(read.inputs.secrets).toEqual([["data"]]);
    expect(read.state.secrets).toContainEqual(["data"]);
    expect(read.state.secrets).toContainEqual(["__inputs", "data"]);
  });

  it("says that the object is gone", async () => {
    const { id, olds } = await created();
    engine.api.store.remove(configMapPath);
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
    engine.api.store.remove(configMapPath);
    await engine.delete(configMaps, id, olds);
    const rule = { apiVersion: "acme.io/v1", kind: "Rule", metadata: { name: "r" } };
    await engine.delete(testUrn("kubernetes:acme.io/v1:Rule", "r"), "r", {
      inputs: rule,
      state: { ...rule, __inputs: rule },
    });
  });
});
