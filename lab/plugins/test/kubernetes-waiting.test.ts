import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testUrn } from "../lib/testing.ts";
import type { PropertyMap } from "../lib/values.ts";
import { kubeEngine } from "./support/kube-engine.ts";
import { conditions, notReady } from "./support/awaiting.ts";

describe("waiting", () => {
  const pods = testUrn("kubernetes:core/v1:Pod", "p");
  const path = "/api/v1/namespaces/n/pods/p";
  const inputs = (annotations: PropertyMap = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n", annotations },
    spec: { containers: [] },
  });
  let engine: Awaited<ReturnType<typeof kubeEngine>>;
  beforeEach(async () => {
    engine = await kubeEngine();
    engine.api.store.put("/api/v1/namespaces/n", { metadata: { name: "n" } });
  });
  afterEach(() => engine.stop());
  const become = (status: PropertyMap): void => {
    const object = engine.api.store.objects.get(path);
    if (object) engine.api.store.put(path, { ...object, status });
  };

  it("ends with the event that the object is ready, and records that form of it", async () => {
    const creating = engine.create(pods, inputs());
    await expect.poll(() => engine.api.store.watching()).toBe(2); // the Pod, and its events
    become({ conditions: conditions(true) });
    const changedAt = performance.now();
    const { properties } = await creating;
    expect(performance.now() - changedAt).toBeLessThan(500); // no poll is in between
    expect(properties["status"]).toEqual({ conditions: conditions(true) });
    expect(engine.status()).toEqual(['Waiting for Pod "n/p" to be scheduled', ""]);
    await expect.poll(() => engine.api.store.watching()).toBe(0);
  });

  it("is over at once where the annotation says so", async () => {
    await engine.create(pods, inputs({ "pulumi.com/skipAwait": "true" }));
    expect(engine.status()).toEqual(["Skipping await logic"]);
  });

  it("shows what the cluster's events warn of", async () => {
    const creating = engine.create(pods, inputs());
    await expect.poll(() => engine.api.store.watching()).toBe(2);
    engine.api.store.put("/api/v1/namespaces/n/events/e", {
      type: "Warning",
      reason: "FailedMount",
      message: "no such volume",
    });
    await expect.poll(() => engine.status()).toContain("FailedMount: no such volume");
    become({ conditions: conditions(true) });
    await creating;
  });

  it("ends with what is wrong when time runs out, and the object is recorded", async () => {
    const failing = engine.createFailing(pods, inputs(), 0.3);
    await expect.poll(() => engine.api.store.watching()).toBe(2);
    become({ conditions: notReady });
    const { message, reasons, state } = await failing;
    expect(message).toBe(
      `resource "${pods}" was successfully created, but the Kubernetes API server reported that it ` +
        "failed to fully initialize or become live: 'p' timed out waiting to be Ready",
    );
    expect(reasons).toEqual([message, "[Pod n/p]: containers with unready status: [c]"]);
    expect(state.properties).toMatchObject({ kind: "Pod", status: { conditions: notReady } });
  });

  it("ends when the user cancels", async () => {
    const failing = engine.createFailing(pods, inputs(), 60);
    await expect.poll(() => engine.api.store.watching()).toBe(2);
    await engine.cancel();
    expect((await failing).message).toContain('Resource operation was cancelled for "p"');
  });

  it("follows the object through a watch that breaks off", async () => {
    const creating = engine.create(pods, inputs());
    await expect.poll(() => engine.api.store.watching()).toBe(2);
    engine.api.store.breakWatches();
    become({ conditions: conditions(true) });
    expect((await creating).properties["status"]).toEqual({ conditions: conditions(true) });
  });

  it("for a deletion ends when the object is gone", async () => {
    const config = testUrn("kubernetes:core/v1:Node", "node");
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "node" } };
    const { id, properties } = await engine.create(config, node);
    engine.api.hooks.finalize = () => false;
    const deleting = engine.delete(config, id, { inputs: node, state: properties });
    await expect.poll(() => engine.status()).toContain("Resource scheduled for deletion");
    engine.api.store.remove("/api/v1/nodes/node");
    await deleting;
  });
});
