import type { Resource } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { clusterGraph } from "../support/cluster.ts";
import type { Graph } from "../support/graph.ts";

const nameOf = (resource: unknown) => (resource as { __name?: string }).__name;

/*
 * Machines without a kubelet run no pods. Does not prove that an API server takes the expressions, and counts as they mean:
 * the lab's suite `nodes` does.
 */
describe("a cluster's pods", { timeout: 60_000 }, () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await clusterGraph();
  }, 60_000);
  const policy = (kind: string, name: string) =>
    graph.one(`kubernetes:admissionregistration.k8s.io/v1:${kind}`, name).inputs;

  it("are kept off the control plane before it has a Node that could attract them", () => {
    const { opts } = graph.one("kubernetes:core/v1:Node", "master-1");
    const before = [opts.dependsOn ?? []].flat().map((it) => nameOf(it as Resource));
    expect(before.sort()).toEqual([
      ...["daemonsets-on-kubelets", "daemonsets-on-kubelets"],
      ...["no-pod-without-kubelet", "no-pod-without-kubelet"],
    ]);
  });

  it("of a DaemonSet go where a label is that only kubelet sets, and the control plane's Node has not", () => {
    const text = JSON.stringify(policy("MutatingAdmissionPolicy", "daemonsets-on-kubelets"));
    expect(text).toContain("kubernetes.io/os");
    const { inputs } = graph.one("kubernetes:core/v1:Node", "master-1");
    expect(JSON.stringify(inputs["metadata"])).not.toContain("kubernetes.io/os");
  });

  it("are bound to no Node that the program makes itself, by whatever way", () => {
    const { spec } = policy("ValidatingAdmissionPolicy", "no-pod-without-kubelet") as {
      spec: {
        validations: { expression: string }[];
        matchConstraints: { resourceRules: { resources: string[] }[] };
      };
    };
    expect(spec.validations.map(({ expression }) => expression)).toEqual([
      '!(variables.node in ["master-1"])',
    ]);
    expect(spec.matchConstraints.resourceRules.map(({ resources }) => resources)).toEqual([
      ["pods", "pods/binding", "bindings"],
    ]);
  });

  it("are of DaemonSets of ours that need no change by the policy: what is planned is what is there", () => {
    const sets = graph.ofType("kubernetes:apps/v1:DaemonSet");
    expect(sets.length).toBeGreaterThan(1);
    for (const { inputs } of sets) {
      expect(inputs["spec"]).toMatchObject({
        template: { spec: { nodeSelector: { "kubernetes.io/os": "linux" } } },
      });
    }
  });

  it("are refused for every failure of a policy, which is in the API server and cannot be away", () => {
    for (const { inputs } of graph.resources.filter(({ type }) => /AdmissionPolicy$/.test(type))) {
      expect(inputs["spec"]).toMatchObject({ failurePolicy: "Fail" });
    }
  });
});
