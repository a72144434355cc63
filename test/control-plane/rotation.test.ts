import type { Resource } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { keysFrom, type Keys } from "../../components/facts/keys.ts";
import { bundleOf, textOf } from "../support/bundles.ts";
import { graphOfSpec } from "../support/cluster.ts";
import { reveal, type Graph } from "../support/graph.ts";
import { withMasters } from "../support/masters.ts";
import { sampleSpec } from "../support/sample.ts";

const command = "command:remote:Command";
const masters = ["master-1", "master-2", "master-3"];
const both = { kept: [1, 2], inUse: 2 };

/** As `existing`: the step by which an API server lives. */
const living = masters.map((node) => `${node}-kube-apiserver`);

function changed(keys: Partial<Keys>, existing: readonly string[] = living): Promise<Graph> {
  const spec = { ...withMasters(...masters), keys: keysFrom(keys) };
  return graphOfSpec(spec, "up", undefined, existing);
}

function waitsFor(graph: Graph, step: string): string[] {
  const after = [graph.one(command, step).opts.dependsOn ?? []].flat() as Resource[];
  return after.map((it) => (it as { __name?: string }).__name ?? "?");
}

interface Workload {
  readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } };
}

function annotationsOf(graph: Graph): Record<string, string | undefined> {
  const workloads = ["Deployment", "DaemonSet"].flatMap((kind) =>
    graph.ofType(`kubernetes:apps/v1:${kind}`),
  );
  return Object.fromEntries(
    workloads.map(({ name, inputs }) => {
      const { template } = reveal(inputs["spec"]) as Workload;
      return [name, template.metadata.annotations?.["hardway.dev/kubernetes-ca-sha256"]];
    }),
  );
}

describe("a change of the Kubernetes CA", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await changed({ kubernetesCa: both });
  }, 120_000);

  it("lets nobody sign for the certificates API with what an API server does not know yet", () => {
    for (const node of masters) {
      expect(waitsFor(graph, `${node}-signers`)).toEqual(living);
      const keys = bundleOf(graph.one(command, `${node}-control-plane-pki`)).files;
      expect(keys.map(({ path }) => path)).not.toContain("/etc/kubernetes/pki/ca.key");
    }
  });

  it("signs from the start on a machine that is new", async () => {
    const joined = await changed({ kubernetesCa: both }, living.slice(0, 2));
    expect(waitsFor(joined, "master-3-kube-controller-manager")).toContain("master-3-signers");
    expect(waitsFor(joined, "master-1-kube-controller-manager")).not.toContain("master-1-signers");
  });

  it("restarts the pods that ask the API, once every namespace has the new bundle", () => {
    expect(waitsFor(graph, "root-ca")).toEqual(
      expect.arrayContaining(masters.map((node) => `${node}-kube-controller-manager`)),
    );
    const annotations = annotationsOf(graph);
    expect(Object.keys(annotations)).toContain("coredns");
    for (const [name, hash] of Object.entries(annotations)) {
      expect([name, typeof hash]).toEqual([name, "string"]);
    }
  });

  it("says what aggregated API servers trust, which the API servers only ever add to", () => {
    const { inputs } = graph.one("kubernetes:core/v1:ConfigMapPatch", "published-trust");
    expect(Object.keys(reveal(inputs["data"]) as object)).toEqual([
      "client-ca-file",
      "requestheader-client-ca-file",
    ]);
  });

  it("is restarted for by every service that trusts it", () => {
    const reasons = bundleOf(graph.one(command, "worker-1-kubelet")).reasons;
    expect(reasons.filter((it) => it.startsWith("kubernetes CA"))).toHaveLength(1);
  });
});

describe("a change of the key of Secrets at rest", () => {
  it("ends when every Secret is encrypted with the one in use, after all API servers know it", async () => {
    const graph = await changed({ encryption: both });
    expect(textOf(graph.one(command, "secrets-rewritten"), "create")).toBe(
      "/usr/local/lib/hardway/rewrite-secrets.sh key-2",
    );
    expect(waitsFor(graph, "secrets-rewritten")).toEqual(expect.arrayContaining(living));
    const restarts = bundleOf(graph.one(command, "master-1-kube-apiserver")).reasons;
    expect(restarts.some((it) => it.startsWith("encryption keys"))).toBe(true);
  });
});

it("a cluster whose keys were never changed has nothing of it", async () => {
  const graph = await graphOfSpec(sampleSpec());
  const names = graph.resources.map(({ name }) => name);
  for (const name of ["root-ca", "secrets-rewritten", "master-1-signers", "keys-in-place"]) {
    expect(names).not.toContain(name);
  }
  expect(Object.values(annotationsOf(graph)).every((it) => it === undefined)).toBe(true);
});
