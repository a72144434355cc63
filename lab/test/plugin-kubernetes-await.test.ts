import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Awaiter, ObjectEvent } from "../plugins/kubernetes/await/awaiter.ts";
import { readableAwaiter } from "../plugins/kubernetes/await/index.ts";
import { labelSelectorOf, reportPod } from "../plugins/kubernetes/await/pods.ts";
import { apiServiceFinding, crdFinding } from "../plugins/kubernetes/await/predicates.ts";
import { parseWaitFor } from "../plugins/kubernetes/await/wait-for.ts";
import { parseKind } from "../plugins/kubernetes/kinds.ts";
import { apiVersionOf, kindOf, type KubeObject } from "../plugins/kubernetes/objects.ts";
import { testUrn } from "../plugins/lib/testing.ts";
import type { PropertyMap, PropertyValue } from "../plugins/lib/values.ts";
import { kubeEngine } from "./support/kube-engine.ts";

const owner = (uid: string) => ({ ownerReferences: [{ uid }] });
const pod = (status: PropertyMap, metadata: PropertyMap = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "n", ...metadata },
  status,
});
const conditions = (ready: boolean, more: PropertyMap = {}): PropertyValue => [
  { type: "PodScheduled", status: "True" },
  { type: "Initialized", status: "True" },
  { type: "Ready", status: ready ? "True" : "False", ...more },
];
const notReady = conditions(false, {
  reason: "ContainersNotReady",
  message: "containers with unready status: [c]",
});

function awaiterOf(object: KubeObject, before?: KubeObject): Awaiter {
  const gvk = parseKind(apiVersionOf(object), kindOf(object));
  const awaiter = readableAwaiter({ gvk, object, before });
  if (!awaiter) throw new Error("nothing is awaited of this kind");
  return awaiter;
}
const seen = (awaiter: Awaiter, ...objects: KubeObject[]): Awaiter => {
  for (const object of objects) {
    const event: ObjectEvent = { type: "MODIFIED", kind: kindOf(object), object };
    awaiter.observe(event);
  }
  return awaiter;
};

describe("a Pod", () => {
  it.each<[string, PropertyMap, string | undefined]>([
    ["is ready by its condition", { conditions: conditions(true) }, undefined],
    [
      "tells why it is not scheduled",
      {
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no cpu" },
        ],
      },
      "[Pod n/p]: no cpu",
    ],
    [
      "tells why its image does not come",
      {
        conditions: notReady,
        containerStatuses: [
          { ready: false, state: { waiting: { reason: "ImagePullBackOff", message: "no such" } } },
        ],
      },
      "[Pod n/p]: containers with unready status: [c]\n[ImagePullBackOff] no such",
    ],
    [
      "tells how it crashed",
      {
        conditions: notReady,
        containerStatuses: [
          {
            name: "c",
            ready: false,
            state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
            lastState: { terminated: { exitCode: 3, reason: "Error", finishedAt: "T" } },
          },
        ],
      },
      "[Pod n/p]: containers with unready status: [c]\n[CrashLoopBackOff] back-off 10s\n" +
        'container "c" terminated at T (Error: exit code 3)',
    ],
  ])("%s", (_, status, problem) => {
    expect(reportPod(pod(status)).problem).toBe(problem);
    expect(reportPod(pod(status)).isReady).toBe(problem === undefined);
  });

  it("is found by the selector of its workload", () => {
    const selector = {
      matchLabels: { app: "x" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["a", "b"] },
        { key: "old", operator: "DoesNotExist" },
      ],
    };
    expect(labelSelectorOf({ spec: { selector } })).toBe("app=x,tier in (a,b),!old");
  });
});

describe("a Deployment", () => {
  const deployment = (revision: string, status: PropertyMap, generation = 1): KubeObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "d",
      namespace: "n",
      uid: "d1",
      generation,
      annotations: { "deployment.kubernetes.io/revision": revision },
    },
    spec: { replicas: 2 },
    status: { observedGeneration: generation, ...status },
  });
  const replicaSet = (revision: string, ready: number): KubeObject => ({
    kind: "ReplicaSet",
    metadata: {
      name: `rs-${revision}`,
      uid: `rs${revision}`,
      annotations: { "deployment.kubernetes.io/revision": revision },
      ...owner("d1"),
    },
    spec: { replicas: 2 },
    status: { readyReplicas: ready },
  });
  const available = { conditions: [{ type: "Available", status: "True" }] };
  const rolledOut = {
    conditions: [
      { type: "Available", status: "True" },
      { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
    ],
  };
  const created = deployment("", {});

  it("is ready when it is available and all Pods of its revision are ready", () => {
    const awaiter = seen(awaiterOf(created), deployment("1", available), replicaSet("1", 1));
    expect(awaiter.assess().isReady).toBe(false);
    expect(awaiter.assess().status.map(({ message }) => message)).toEqual([
      "Waiting for app ReplicaSet to be available (1/2 Pods available)",
    ]);
    expect(seen(awaiter, replicaSet("1", 2)).assess().isReady).toBe(true);
  });

  it("is not ready by what its controller said of an older generation", () => {
    const stale = { ...available, observedGeneration: 1 };
    const awaiter = seen(awaiterOf(created), deployment("1", stale, 2), replicaSet("1", 2));
    expect(awaiter.assess().isReady).toBe(false);
  });

  it("waits for the new revision's Pods in a rollout, and for the rollout to be over", () => {
    const before = deployment("1", rolledOut);
    const updated = deployment("1", {}, 2);
    const awaiter = seen(awaiterOf(updated, before), deployment("2", available, 2));
    expect(seen(awaiter, replicaSet("1", 2)).assess().isReady).toBe(false);
    expect(seen(awaiter, replicaSet("2", 2)).assess().isReady).toBe(false);
    expect(seen(awaiter, deployment("2", rolledOut, 2)).assess().isReady).toBe(true);
  });

  it("names the Pods that hold it up, of the new revision only", () => {
    const failing = (name: string, set: string) =>
      pod({ conditions: notReady }, { name, ...owner(set) });
    const awaiter = seen(
      awaiterOf(created),
      deployment("1", available),
      replicaSet("1", 0),
      failing("ours", "rs1"),
      failing("older", "rs0"),
    );
    expect(awaiter.assess().problems).toEqual([
      "Minimum number of Pods to consider the application live was not attained",
      "[Pod n/ours]: containers with unready status: [c]",
    ]);
  });

  it("tells when no Pod can be created at all", () => {
    const quota = {
      conditions: [
        { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" },
      ],
    };
    const awaiter = seen(awaiterOf(created), deployment("1", quota), replicaSet("1", 0));
    expect(awaiter.assess().problems[0]).toBe("[FailedCreate] quota");
  });
});

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
  ])("%s for %o", async (annotation, object, isReady) => {
    expect((await parseWaitFor(annotation))(object).isReady).toBe(isReady);
  });

  it.each([
    ["Ready", 'expected a "jsonpath=" or "condition=" prefix, got "Ready"'],
    ["jsonpath=.a", ".a should be wrapped in brackets { ... }"],
    ["jsonpath={.a}=", "{.a}= requires a value"],
    ["jsonpath={.a}=b=c", "format should be {.path}=value or {.path}"],
    ["[]", "at least one condition must be specified"],
  ])("fails for %s", async (annotation, message) => {
    await expect(parseWaitFor(annotation)).rejects.toThrow(message);
  });
});

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
