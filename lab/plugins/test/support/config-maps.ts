import { afterEach, beforeEach } from "vitest";
import { testUrn } from "../../lib/testing.ts";
import type { OutgoingMap, PropertyMap } from "../../lib/values.ts";
import { kubeEngine } from "./kube-engine.ts";

export const configMaps = testUrn("kubernetes:core/v1:ConfigMap", "settings");
/** Where the API server has the one that `configMap` describes. */
export const configMapPath = "/api/v1/namespaces/default/configmaps/settings";

export const configMap = (data: PropertyMap, more: PropertyMap = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "default", ...more },
  data,
});

/** The engine of the test that runs: before each one another, with the namespace `default`. */
export let engine: Awaited<ReturnType<typeof kubeEngine>>;

/** Has each test of a file begin with an engine and an API server of its own. */
export function withEngine(): void {
  beforeEach(async () => {
    engine = await kubeEngine({ enableConfigMapMutable: "true" });
    engine.api.store.put("/api/v1/namespaces/default", { metadata: { name: "default" } });
  });
  afterEach(() => engine.stop());
}

/** What the API server was asked by this method. */
export const requests = (method: string) =>
  engine.api.calls.filter((call) => call.method === method);

/** Makes a ConfigMap, and gives what the engine then has of it. */
export async function created(inputs: OutgoingMap = configMap({ a: "1" })) {
  const { id, properties } = await engine.create(configMaps, inputs);
  return { id, olds: { inputs: properties["__inputs"] as PropertyMap, state: properties } };
}
