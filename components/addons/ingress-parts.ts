import { workersOnly } from "./addon.ts";

/** Both need ports of the host, which the stricter Pod Security profiles forbid; their pods pass `restricted` otherwise. */
export const ingressNamespace = {
  name: "ingress",
  labels: {
    "pod-security.kubernetes.io/enforce": "privileged",
    "pod-security.kubernetes.io/warn": "privileged",
  },
};

/** One pod on every worker, and never two: both would want the same ports of the host. */
export const onePerWorker = {
  updateStrategy: {
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
  },
};

/** What every ingress pod has, whatever runs in it. */
export const ingressPod = {
  priorityClassName: "system-cluster-critical",
  affinity: workersOnly,
  terminationGracePeriodSeconds: 30,
};

/** Makes an IngressClass the one for Ingresses that name none. */
export const defaultClass = { "ingressclass.kubernetes.io/is-default-class": "true" };
