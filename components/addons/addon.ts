import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../spec.ts";
import type { OwnNamespaces } from "./own-namespaces.ts";

/** What every add-on is given. It speaks to the API server only, through the provider in its options. */
export interface AddonArgs {
  readonly spec: ClusterSpec;
  /** Makes its namespace. */
  readonly namespaces: OwnNamespaces;
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

/** A label that kubelet gives its Node, and that a Node made by anybody else lacks. */
export const kubeletLabel = { key: "kubernetes.io/os", value: "linux" } as const;

/**
 * `nodeSelector` of pods that need a kubelet, which all do: the control-plane machines have a Node object but no kubelet.
 * The cluster adds it to every DaemonSet anyway (`PodPlacement`); said here, ours stay as they are in the program.
 */
export const withKubelet = { [kubeletLabel.key]: kubeletLabel.value };
