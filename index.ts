import { Cluster } from "./components/cluster.ts";
import { readConfig } from "./components/config.ts";
import { monthlyCost } from "./components/facts/cost.ts";
import { selfRenewing } from "./components/facts/self-renewing.ts";

// Node runs our TypeScript as it is: stack traces are right without the source maps that Pulumi looks up for each. They take
// a quarter of the program's time and name files that do not exist, and on some of those Node's printer of errors never ends.
Reflect.deleteProperty(Error, "prepareStackTrace");

const { spec, manifests, existing, namespaces, secrets } = await readConfig();
const cluster = new Cluster(spec.clusterName, {
  spec,
  manifests,
  existing,
  namespaces,
  ...secrets,
});

// For people and programs that use the cluster.
export const { kubeconfig, apiEndpoint, apiEndpoints, nodes, ingressAddresses } = cluster;
export const { dnsRecords, demoUrl } = cluster;
// For those who run it.
export const { certificates } = cluster;
export const selfRenewingCertificates = selfRenewing(spec);
export const { totalUsd: monthlyCostUsd, parts: monthlyCostParts } = monthlyCost(spec);
