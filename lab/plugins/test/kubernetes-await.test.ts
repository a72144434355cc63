import { describe, expect, it } from "vitest";
import { labelSelectorOf, reportPod } from "../kubernetes/await/pods.ts";
import type { KubeObject } from "../kubernetes/objects.ts";
import type { PropertyMap } from "../lib/values.ts";
import { awaiterOf, conditions, notReady, seen } from "./support/awaiting.ts";

const owner = (uid: string) => ({ ownerReferences: [{ uid }] });
const pod = (status: PropertyMap, metadata: PropertyMap = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "n", ...metadata },
  status,
});
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
