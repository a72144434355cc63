import { expect, test } from "vitest";
import { refuseForeign } from "../../components/addons/own-namespaces.ts";
import { clusterGraph } from "../support/cluster.ts";

const owner = { "app.kubernetes.io/managed-by": "hardway" };

test("a namespace that nobody has, or that is labelled as ours, is made or taken up again", () => {
  expect(() => {
    refuseForeign("cert-manager", undefined);
  }).not.toThrow();
  expect(() => {
    refuseForeign("cert-manager", { metadata: { labels: owner } });
  }).not.toThrow();
});

test.each([
  ["without labels", {}],
  ["of somebody else", { metadata: { labels: { "app.kubernetes.io/managed-by": "Helm" } } }],
])("one %s is not taken over", (_what, found) => {
  expect(() => {
    refuseForeign("cert-manager", found);
  }).toThrow(
    "namespace cert-manager: exists in the cluster and was not made by this program; rename it, switch the add-on off, " +
      "or hand it over: kubectl label namespace cert-manager app.kubernetes.io/managed-by=hardway",
  );
});

test(
  "cert-manager's kinds wait until its namespace is known to be ours",
  { timeout: 60_000 },
  async () => {
    const graph = await clusterGraph();
    const kinds = graph.ofType("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition");
    expect(kinds.length).toBeGreaterThan(0);
    for (const { opts } of kinds) {
      const [only] = opts.dependsOn as unknown as { __name: string; __pulumiType: string }[];
      expect(only).toMatchObject({
        __name: "cert-manager",
        __pulumiType: "kubernetes:core/v1:Namespace",
      });
    }
  },
);
