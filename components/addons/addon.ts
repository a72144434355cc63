import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../spec.ts";

/** What every add-on is given. It speaks to the API server only, through the provider in its options. */
export interface AddonArgs {
  readonly spec: ClusterSpec;
  /** What must have run before this add-on can become ready. */
  readonly after: readonly pulumi.Resource[];
}

/** Linux capabilities, user and file system of a container that needs nothing special. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** A pod that runs as an ordinary user under the default system call filter. */
export function restrictedPod(user: number) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/**
 * Keeps a DaemonSet off the control-plane machines. They have a Node object but no kubelet, so a pod there would wait for
 * ever, and so would `pulumi up`.
 */
export const workersOnly = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        {
          matchExpressions: [
            { key: "node-role.kubernetes.io/control-plane", operator: "DoesNotExist" },
          ],
        },
      ],
    },
  },
};
