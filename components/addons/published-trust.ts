import { ConfigMapPatch } from "@pulumi/kubernetes/core/v1/configMapPatch.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPki } from "../pki/cluster-pki.ts";

/**
 * Whom aggregated API servers, like metrics-server, let in: the API servers publish it in a ConfigMap, to which each only ever adds.
 * Here it is what is trusted, and nothing that was.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.36.4/pkg/controlplane/controller/clusterauthenticationtrust/cluster_authentication_trust_controller.go `combineCertLists`
 */
export class PublishedTrust extends pulumi.ComponentResource {
  readonly written: pulumi.Resource;

  constructor(
    name: string,
    { kubernetes, frontProxy }: Pick<ClusterPki, "kubernetes" | "frontProxy">,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:addons:PublishedTrust", name, {}, opts);
    this.written = new ConfigMapPatch(
      name,
      {
        metadata: {
          name: "extension-apiserver-authentication",
          namespace: "kube-system",
          annotations: { "pulumi.com/patchForce": "true" },
        },
        data: {
          "client-ca-file": kubernetes.trustBundle,
          "requestheader-client-ca-file": frontProxy.trustBundle,
        },
      },
      { parent: this },
    );
  }
}
