import { DaemonSet } from "@pulumi/kubernetes/apps/v1/daemonSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { IngressClass } from "@pulumi/kubernetes/networking/v1/ingressClass.js";
import type { core } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";
import { withKubelet } from "./addon.ts";
import type { OwnNamespaces } from "./own-namespaces.ts";

/** Both need ports of the host, which the stricter Pod Security profiles forbid; their pods pass `restricted` otherwise. */
export const ingressNamespace = {
  title: "hardway-ingress",
  labels: {
    "pod-security.kubernetes.io/enforce": "privileged",
    "pod-security.kubernetes.io/warn": "privileged",
  },
};

/** One pod on every worker, and never two: both would want the same ports of the host. */
const onePerWorker = {
  updateStrategy: {
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
  },
};

/** What every ingress pod has, whatever runs in it. */
export const ingressPod = {
  priorityClassName: "system-cluster-critical",
  nodeSelector: withKubelet,
  terminationGracePeriodSeconds: 30,
};

/** Makes an IngressClass the one for Ingresses that name none. */
const defaultClass = { "ingressclass.kubernetes.io/is-default-class": "true" };

/** What makes one controller differ from the other. */
export interface Controller {
  /** Name of its IngressClass. */
  readonly className: string;
  /** Who serves that class: `spec.controller` of the IngressClass. */
  readonly servedBy: string;
  /** Content of its ConfigMap. */
  readonly config: Record<string, string>;
  /** Gives its service account rights: `inside` is for what lies in its namespace. */
  readonly grantAccess: (
    child: pulumi.CustomResourceOptions,
    inside: pulumi.CustomResourceOptions,
  ) => pulumi.Resource[];
  readonly pod: core.v1.PodSpec;
  /** Makes its namespace. */
  readonly namespaces: OwnNamespaces;
  /** What must have run before its pods can become ready. */
  readonly after: readonly pulumi.Resource[];
}

/** A controller on every worker, with all it needs; the DaemonSet is ready when ports 80 and 443 are served. */
export function runController(
  name: string,
  { className, servedBy, config, grantAccess, pod, namespaces, after }: Controller,
  child: { readonly parent: pulumi.Resource },
): DaemonSet {
  const namespace = ingressNamespace.title;
  const labels = { app: name };
  const home = namespaces.create("ingress", ingressNamespace, child);
  const inside = { ...child, dependsOn: [home] };
  const account = new ServiceAccount(name, { metadata: { name, namespace } }, inside);
  const access = grantAccess(child, inside);
  const settings = new ConfigMap(name, { metadata: { name, namespace }, data: config }, inside);
  // NGINX does not start without it.
  const ingressClass = new IngressClass(
    name,
    {
      metadata: { name: className, annotations: defaultClass },
      spec: { controller: servedBy },
    },
    child,
  );
  return new DaemonSet(
    name,
    {
      metadata: { name, namespace, labels },
      spec: {
        ...onePerWorker,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod },
      },
    },
    {
      ...child,
      dependsOn: [account, settings, ingressClass, ...access, ...after],
      // In another namespace too: two of them would wait for each other's ports.
      deleteBeforeReplace: true,
    },
  );
}
