import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../components/cluster.ts";
import { graphOf, type Graph } from "./graph.ts";
import { sampleCrds, sampleSpec } from "./sample.ts";

/** The graph of a whole cluster whose stack says this besides what `sampleSpec` does. */
export function clusterGraph(
  values: Readonly<Record<string, unknown>> = {},
  mode?: "up" | "preview",
): Promise<Graph> {
  return graphOf(() => {
    new Cluster("test", {
      spec: sampleSpec(values),
      manifests: { "cert-manager-crds": sampleCrds },
      cloudToken: pulumi.secret("a-token"),
      loginKey: pulumi.secret("a-login-key"),
    });
  }, mode);
}

/** Type and name of every resource of one package, its provider included, sorted. */
export function madeIn(graph: Graph, sdk: string): string[] {
  return graph.resources
    .filter(({ type }) => type.startsWith(`${sdk}:`) || type === `pulumi:providers:${sdk}`)
    .map(({ type, name }) => `${type.replace(/^.*[:/]/, "")} ${name}`)
    .sort();
}
