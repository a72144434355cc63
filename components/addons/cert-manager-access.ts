import type * as pulumi from "@pulumi/pulumi";
import { grantInCluster, grantInNamespace, read, type Rule } from "./access.ts";
import { certManagerNamespace as namespace } from "./cert-manager-parts.ts";

const update = ["update", "patch"];
const own = "cert-manager.io";
const acme = "acme.cert-manager.io";

// The sum of what the release gives to each of the controller's loops, less Gateways, OpenShift and signing requests.
const controller: Rule[] = [
  {
    apiGroups: [own],
    resources: ["certificates", "certificaterequests", "issuers", "clusterissuers"],
    verbs: [...read, ...update],
  },
  {
    apiGroups: [own],
    resources: [
      "certificates/status",
      "certificaterequests/status",
      "issuers/status",
      "clusterissuers/status",
    ],
    verbs: update,
  },
  {
    apiGroups: [own],
    resources: ["certificates", "certificaterequests"],
    verbs: ["create", "delete"],
  },
  {
    apiGroups: [own],
    resources: [
      "certificates/finalizers",
      "certificaterequests/finalizers",
      "issuers/finalizers",
      "clusterissuers/finalizers",
    ],
    verbs: ["update"],
  },
  // Without it every request would wait for a person.
  {
    apiGroups: [own],
    resources: ["signers"],
    resourceNames: ["issuers.cert-manager.io/*", "clusterissuers.cert-manager.io/*"],
    verbs: ["approve"],
  },
  {
    apiGroups: [acme],
    resources: ["orders", "challenges"],
    verbs: [...read, ...update, "create", "delete"],
  },
  { apiGroups: [acme], resources: ["orders/status", "challenges/status"], verbs: update },
  {
    apiGroups: [acme],
    resources: ["orders/finalizers", "challenges/finalizers"],
    verbs: ["update"],
  },
  { apiGroups: [""], resources: ["secrets"], verbs: [...read, ...update, "create", "delete"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  // Solvers of HTTP-01 challenges.
  { apiGroups: [""], resources: ["pods", "services"], verbs: [...read, "create", "delete"] },
  {
    apiGroups: ["networking.k8s.io"],
    resources: ["ingresses"],
    verbs: [...read, "create", "delete", "update"],
  },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses/finalizers"], verbs: ["update"] },
];

/** What the controller may do. */
export function grantController(
  name: string,
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return grantInCluster(name, { to: [{ name, namespace }], rules: controller }, child);
}

/** What the webhook may do: keep its own certificate, and ask whether somebody may approve. */
export function grantWebhook(
  name: string,
  child: pulumi.CustomResourceOptions,
  inside: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const account = { name, namespace };
  const atHome: Rule[] = [
    {
      apiGroups: [""],
      resources: ["secrets"],
      resourceNames: [`${name}-ca`],
      verbs: [...read, "update"],
    },
    // A name cannot be asked for before there is anything of it.
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
  ];
  const everywhere: Rule[] = [
    {
      apiGroups: ["authorization.k8s.io"],
      resources: ["subjectaccessreviews"],
      verbs: ["create"],
    },
  ];
  return [
    ...grantInNamespace(name, { account, rules: atHome }, inside),
    ...grantInCluster(name, { to: [account], rules: everywhere }, child),
  ];
}

/** What the cainjector may do: write authorities into objects that ask for one. It reads Secrets of its own namespace only. */
export function grantInjector(
  name: string,
  child: pulumi.CustomResourceOptions,
  inside: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const account = { name, namespace };
  const everywhere: Rule[] = [
    {
      apiGroups: ["admissionregistration.k8s.io"],
      resources: ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
      verbs: [...read, ...update],
    },
    {
      apiGroups: ["apiregistration.k8s.io"],
      resources: ["apiservices"],
      verbs: [...read, ...update],
    },
    {
      apiGroups: ["apiextensions.k8s.io"],
      resources: ["customresourcedefinitions"],
      verbs: [...read, ...update],
    },
  ];
  const atHome: Rule[] = [
    { apiGroups: [""], resources: ["secrets"], verbs: read },
    { apiGroups: [own], resources: ["certificates"], verbs: read },
    { apiGroups: [""], resources: ["events"], verbs: ["get", "create", "update", "patch"] },
  ];
  return [
    ...grantInCluster(name, { to: [account], rules: everywhere }, child),
    ...grantInNamespace(name, { account, rules: atHome }, inside),
  ];
}
