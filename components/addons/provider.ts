import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../spec.ts";

export interface ProviderArgs {
  readonly spec: ClusterSpec;
  /** Secret. The cluster admin's. */
  readonly kubeconfig: pulumi.Output<string>;
}

/** The way to the API server for every object that the program makes in the cluster. */
export function createProvider(
  name: string,
  { spec, kubeconfig }: ProviderArgs,
  opts: pulumi.ResourceOptions,
): pulumi.ProviderResource {
  return new Provider(
    name,
    {
      kubeconfig,
      // Known before the cluster exists and never changing, so that no renewed certificate replaces every object.
      clusterIdentifier: `${pulumi.getProject()}/${pulumi.getStack()}/${spec.clusterName}`,
      // What an interrupted run made, and could not write down, is taken over by the next.
      upsertExistingObjects: true,
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    },
    opts,
  );
}
