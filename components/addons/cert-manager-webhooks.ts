import { MutatingWebhookConfiguration } from "@pulumi/kubernetes/admissionregistration/v1/mutatingWebhookConfiguration.js";
import { ValidatingWebhookConfiguration } from "@pulumi/kubernetes/admissionregistration/v1/validatingWebhookConfiguration.js";
import type * as pulumi from "@pulumi/pulumi";
import { certManagerNamespace as namespace } from "./cert-manager-parts.ts";
import { notValidated } from "./cert-manager-probe.ts";

/**
 * Tells the API server to ask cert-manager's webhook about its objects. The authority that signed the webhook's certificate
 * is left out: the cainjector writes it, and a field that is not ours is no difference at the next `up`.
 * @param name - of the webhook's Service
 * @returns what is ready once that authority is there
 */
export function registerWebhooks(
  name: string,
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = {
    name,
    annotations: {
      "cert-manager.io/inject-ca-from-secret": `${namespace}/${name}-ca`,
      "pulumi.com/waitFor": "jsonpath={.webhooks[0].clientConfig.caBundle}",
    },
  };
  const webhook = (path: string) => ({
    name: "webhook.cert-manager.io",
    admissionReviewVersions: ["v1"],
    matchPolicy: "Equivalent",
    failurePolicy: "Fail",
    sideEffects: "None",
    timeoutSeconds: 10,
    clientConfig: { service: { name, namespace, path } },
  });
  return [
    new MutatingWebhookConfiguration(
      name,
      {
        metadata,
        webhooks: [
          {
            ...webhook("/mutate"),
            rules: [
              {
                apiGroups: ["cert-manager.io"],
                apiVersions: ["v1"],
                operations: ["CREATE"],
                resources: ["certificaterequests"],
              },
            ],
          },
        ],
      },
      child,
    ),
    new ValidatingWebhookConfiguration(
      name,
      {
        metadata,
        webhooks: [
          {
            ...webhook("/validate"),
            namespaceSelector: {
              matchExpressions: Object.entries(notValidated).map(([key, value]) => ({
                key,
                operator: "NotIn",
                values: [value],
              })),
            },
            rules: [
              {
                apiGroups: ["cert-manager.io", "acme.cert-manager.io"],
                apiVersions: ["v1"],
                operations: ["CREATE", "UPDATE"],
                resources: ["*/*"],
              },
            ],
          },
        ],
      },
      child,
    ),
  ];
}
