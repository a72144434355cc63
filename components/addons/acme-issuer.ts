import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import type { AcmeSpec } from "../spec.ts";
import { explainWait, notTrue } from "./explain.ts";

export interface AcmeIssuerArgs {
  readonly acme: AcmeSpec;
  /** Secret. The cluster admin's. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Class of the Ingresses that answer challenges. */
  readonly ingressClass: string;
  /** cert-manager works. */
  readonly after: pulumi.Resource;
}

/**
 * A certificate authority for the whole cluster, which checks by HTTP on port 80 that a host is ours.
 * @see https://cert-manager.io/docs/configuration/acme/
 */
export class AcmeIssuer extends pulumi.ComponentResource {
  /** Of the ClusterIssuer. */
  readonly issuerName = "acme";
  /** The account exists. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: AcmeIssuerArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:AcmeIssuer", name, {}, opts);
    const { acme, kubeconfig, ingressClass, after } = args;
    this.ready = new CustomResource(
      name,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: {
          name: this.issuerName,
          annotations: {
            "pulumi.com/waitFor": "condition=Ready",
            // An account is made within seconds, unless the directory cannot be reached.
            "pulumi.com/timeoutSeconds": "60",
          },
        },
        spec: {
          acme: {
            email: acme.email,
            server: acme.directory,
            ...(acme.caBundle === null
              ? {}
              : { caBundle: Buffer.from(acme.caBundle).toString("base64") }),
            privateKeySecretRef: { name: `${name}-account-key` },
            // `class`, not `ingressClassName`, which cert-manager 1.11 does not know.
            solvers: [{ http01: { ingress: { class: ingressClass, serviceType: "ClusterIP" } } }],
          },
        },
      },
      { parent: this, dependsOn: [after] },
    );
    explainWait(this.ready, {
      what: `ACME directory ${acme.directory}`,
      after,
      kubeconfig,
      sources: [["/apis/cert-manager.io/v1/clusterissuers", notTrue("Ready")]],
    });
    this.registerOutputs({ issuerName: this.issuerName });
  }
}
