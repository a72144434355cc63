import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import type * as pulumi from "@pulumi/pulumi";
import { certManagerNamespace as namespace } from "./cert-manager-parts.ts";

/**
 * Label of a namespace whose objects the validating webhook is not asked about. cert-manager's own needs it: what proves that
 * the webhooks answer must not be refused because they do not answer yet.
 */
export const notValidated = { "cert-manager.io/disable-validation": "true" };

/**
 * Proves that the API server reaches the webhook and trusts it. A ready pod and an injected authority are not enough: for a
 * moment the API server still works with what it knew before, and would refuse the first Issuer.
 *
 * A Certificate that signs itself becomes ready only when cert-manager has created a CertificateRequest, which no namespace
 * keeps from the mutating webhook; and cert-manager tries again until it is let through.
 * @returns what is ready once the webhook has answered
 */
export function probeWebhook(name: string, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  const apiVersion = "cert-manager.io/v1";
  const issuer = new CustomResource(
    `${name}-issuer`,
    { apiVersion, kind: "Issuer", metadata: { name, namespace }, spec: { selfSigned: {} } },
    opts,
  );
  return new CustomResource(
    name,
    {
      apiVersion,
      kind: "Certificate",
      metadata: {
        name,
        namespace,
        annotations: {
          "pulumi.com/waitFor": "condition=Ready",
          "pulumi.com/timeoutSeconds": "180",
        },
      },
      spec: {
        secretName: name,
        commonName: name,
        issuerRef: { group: "cert-manager.io", kind: "Issuer", name },
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      },
    },
    { ...opts, dependsOn: [issuer] },
  );
}
