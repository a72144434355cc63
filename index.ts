import { Cluster } from "./components/cluster.ts";
import { readConfig } from "./components/config.ts";
import { monthlyCost } from "./components/lib/cost.ts";

const { spec, secrets } = readConfig();
const cluster = new Cluster(spec.clusterName, { spec, ...secrets });

// For people and programs that use the cluster.
export const { kubeconfig, apiEndpoint, nodes } = cluster;
// For those who run it.
export const { certificates } = cluster;
export const { totalUsd: monthlyCostUsd, parts: monthlyCostParts } = monthlyCost(spec);
