import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import type { AcmeSpec } from "../spec.ts";

export interface AcmeIssuerArgs {
  readonly acme: AcmeSpec;
  /** Class of the Ingresses that answer challenges. */
  readonly ingressClass: string;
  /** cert-manager works. */
  readonly after: readonly pulumi.Resource[];
}

const maxTries = 60;
const pauseMs = 1000;

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
    const { acme, ingressClass, after } = args;
    this.ready = new CustomResource(
      name,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: {
          name: this.issuerName,
          annotations: {
            "pulumi.com/waitFor": "condition=Ready",
            // A directory that cannot be reached is told in time, with cert-manager's own words.
            "pulumi.com/timeoutSeconds": "180",
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
      { parent: this, dependsOn: [...after], hooks: { onError: [untilWebhookAnswers(name)] } },
    );
    this.registerOutputs({});
  }
}

/**
 * Its authority injected and its pod ready, the webhook still needs a moment until the API server's every part knows. The
 * first object is refused until then: that is the test that it answers.
 */
function untilWebhookAnswers(name: string): pulumi.ErrorHook {
  return new pulumi.ErrorHook(`${name}-webhook-answers`, async ({ errors }) => {
    const [last = ""] = errors;
    if (!last.includes("failed calling webhook") || errors.length >= maxTries) return false;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    return true;
  });
}
