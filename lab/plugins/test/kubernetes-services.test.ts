import { describe, expect, it } from "vitest";
import { apiServiceFinding, crdFinding } from "../kubernetes/await/predicates.ts";
import { parseWaitFor } from "../kubernetes/await/wait-for.ts";
import type { KubeObject } from "../kubernetes/objects.ts";
import type { PropertyMap, PropertyValue } from "../lib/values.ts";
import { awaiterOf, seen } from "./support/awaiting.ts";

describe("other workloads", () => {
  const workload = (kind: string, status: PropertyMap, spec: PropertyMap = {}): KubeObject => ({
    apiVersion: kind === "Job" ? "batch/v1" : "apps/v1",
    kind,
    metadata: { name: "w", namespace: "n", uid: "w1", generation: 1 },
    spec,
    status,
  });

  it.each<[string, PropertyMap, boolean, string]>([
    ["DaemonSet", {}, false, "DaemonSet generation is 1, but latest observed generation is 0"],
    [
      "DaemonSet",
      { observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2 },
      false,
      "Updated: 0/2",
    ],
    [
      "DaemonSet",
      {
        observedGeneration: 1,
        desiredNumberScheduled: 2,
        currentNumberScheduled: 2,
        updatedNumberScheduled: 2,
        numberAvailable: 2,
        numberReady: 2,
      },
      true,
      "✅ All replicas scheduled as expected. Replicas: 2",
    ],
    [
      "StatefulSet",
      { observedGeneration: 1, replicas: 1, readyReplicas: 1 },
      false,
      "[1/2] Waiting for StatefulSet to create Pods (0/2 Pods ready)",
    ],
    [
      "StatefulSet",
      {
        observedGeneration: 1,
        replicas: 2,
        readyReplicas: 2,
        currentReplicas: 2,
        currentRevision: "r",
        updateRevision: "r",
      },
      true,
      "✅ StatefulSet initialization complete",
    ],
    ["Job", {}, false, 'Waiting for Job "n/w" to start'],
    [
      "Job",
      { startTime: "T", active: 1 },
      false,
      'Waiting for Job "n/w" to succeed (Active: 1 | Succeeded: 0 | Failed: 0)',
    ],
  ])("%s with %o", (kind, status, isReady, message) => {
    const created = workload(kind, {});
    const spec = { replicas: 2 };
    const assessed = seen(awaiterOf(created), workload(kind, status, spec)).assess();
    expect(assessed.isReady).toBe(isReady);
    expect(assessed.status.map((line) => line.message)).toEqual([message]);
  });

  it("fails at once for a Job that has given up", () => {
    const failed = [
      { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" },
    ];
    const awaiter = seen(awaiterOf(workload("Job", {})), workload("Job", { conditions: failed }));
    expect(awaiter.assess().failure).toEqual(["[BackoffLimitExceeded] too often"]);
  });
});

describe("a Service", () => {
  const service = (spec: PropertyMap): KubeObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s", namespace: "n", uid: "s1" },
    spec,
  });
  const endpoints = (subsets: PropertyValue): KubeObject => ({
    kind: "Endpoints",
    metadata: { name: "s" },
    subsets,
  });
  const selecting = service({ selector: { app: "x" } });

  it.each([
    ["without a selector", {}],
    ["that is headless", { selector: { a: "b" }, clusterIP: "None" }],
    ["for an external name", { type: "ExternalName", selector: { a: "b" } }],
  ])("%s has nothing to wait for", (_, spec) => {
    expect(awaiterOf(service(spec)).assess().isReady).toBe(true);
  });

  it("is ready with its first endpoint, and not while others are pending", () => {
    const ready = { addresses: [{ ip: "1" }] };
    const awaiter = seen(awaiterOf(selecting), endpoints([{ ...ready, notReadyAddresses: [{}] }]));
    expect(awaiter.assess().isReady).toBe(false);
    expect(seen(awaiter, endpoints([ready])).assess().isReady).toBe(true);
  });

  it("that selects nothing is ready only after a while", () => {
    const awaiter = seen(awaiterOf(selecting), endpoints([]));
    expect(awaiter.assess()).toMatchObject({ isReady: false, readyAfterMs: 10_000 });
    expect(awaiterOf(selecting).assess().readyAfterMs).toBeUndefined();
  });

  it("of type LoadBalancer waits for its address", () => {
    const awaiter = awaiterOf(service({ type: "LoadBalancer" }));
    expect(awaiter.assess().problems).toEqual([
      "Service was not allocated an IP address; does your cloud provider support this?",
    ]);
  });
});

describe("conditions", () => {
  const withCondition = (condition: PropertyMap) => ({ status: { conditions: [condition] } });

  it("of CRDs and APIServices say when they serve, and why not", () => {
    expect(crdFinding(withCondition({ type: "Established", status: "True" })).isReady).toBe(true);
    const taken = { type: "NamesAccepted", status: "False", reason: "Conflict", message: "taken" };
    expect(crdFinding(withCondition(taken)).problem).toBe("[Conflict] taken");
    const down = { type: "Available", status: "False", reason: "MissingEndpoints", message: "m" };
    expect(apiServiceFinding(withCondition(down)).problem).toBe(
      "Available is False: [MissingEndpoints] m",
    );
  });

  it.each<[string, PropertyMap, boolean]>([
    ["jsonpath={.status.phase}=Up", { status: { phase: "Up" } }, true],
    ["jsonpath={.status.phase}=Up", { status: { phase: "Down" } }, false],
    ["jsonpath={.status.phase}", { status: {} }, false],
    ["jsonpath={.status.phase}", { status: { phase: "any" } }, true],
    ["jsonpath={.items[*].n}=1", { items: [{ n: 1 }, { n: 2 }] }, true],
    ['jsonpath={.items[?@.t=="b"].n}=2', { items: [{ t: "a" }, { t: "b", n: 2 }] }, true],
    ["condition=Ready", withCondition({ type: "ready", status: "true" }), true],
    ["condition=Ready=False", withCondition({ type: "Ready", status: "True" }), false],
    ["condition=Ready", {}, false],
    [
      '["jsonpath={.a}=1", "condition=Ready"]',
      { a: 1, ...withCondition({ type: "Ready", status: "True" }) },
      true,
    ],
    ['["jsonpath={.a}=1", "condition=Ready"]', { a: 1 }, false],
    [
      "jsonpath={.a}",
      { a: 1, metadata: { generation: 2 }, status: { observedGeneration: 1 } },
      false,
    ],
  ])("%s for %o", (annotation, object, isReady) => {
    expect(parseWaitFor(annotation)(object).isReady).toBe(isReady);
  });

  it.each([
    ["Ready", 'expected a "jsonpath=" or "condition=" prefix, got "Ready"'],
    ["jsonpath=.a", ".a should be wrapped in brackets { ... }"],
    ["jsonpath={.a}=", "{.a}= requires a value"],
    ["jsonpath={.a}=b=c", "format should be {.path}=value or {.path}"],
    ["[]", "at least one condition must be specified"],
  ])("fails for %s", (annotation, message) => {
    expect(() => parseWaitFor(annotation)).toThrow(message);
  });
});
