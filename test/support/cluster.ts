import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../components/cluster.ts";
import type { NameServers } from "../../components/providers/name-servers.ts";
import type { ClusterSpec } from "../../components/spec.ts";
import { graphOf, type Graph } from "./graph.ts";
import { sampleCrds, sampleSpec } from "./sample.ts";

/** A DNS in which every zone and every name is as it should be. */
const willing: NameServers = {
  checkDelegation: () => Promise.resolve(),
  awaitServed: () => Promise.resolve(),
  addressesOf: () => Promise.resolve(["203.0.113.11"]),
};

/** The graph of a whole cluster whose stack says this besides what `sampleSpec` does. */
export function clusterGraph(
  values: Readonly<Record<string, unknown>> = {},
  mode?: "up" | "preview",
): Promise<Graph> {
  return graphOfSpec(sampleSpec(values), mode);
}

/**
 * The graph of a whole cluster with this spec.
 * @param existing - names of the steps that its state has
 */
export function graphOfSpec(
  spec: ClusterSpec,
  mode?: "up" | "preview",
  nameServers: NameServers = willing,
  existing: readonly string[] = [],
): Promise<Graph> {
  return graphOf(() => {
    new Cluster("test", {
      spec,
      existing: new Set(existing),
      manifests: { "cert-manager-crds": sampleCrds },
      cloudToken: pulumi.secret("a-token"),
      loginKey: pulumi.secret("a-login-key"),
      nameServers,
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
