import { Cluster } from "./components/cluster.ts";
import { readConfig } from "./components/config.ts";
import { monthlyCost } from "./components/lib/cost.ts";

const { spec, manifests, secrets } = await readConfig();
const cluster = new Cluster(spec.clusterName, { spec, manifests, ...secrets });

// For people and programs that use the cluster.
export const { kubeconfig, apiEndpoint, nodes, ingressAddresses, demoUrl } = cluster;
// For those who run it.
export const { certificates } = cluster;
export const { totalUsd: monthlyCostUsd, parts: monthlyCostParts } = monthlyCost(spec);
