import type * as pulumi from "@pulumi/pulumi";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import type { ClusterSpec } from "../spec.ts";

export interface ControlPlaneArgs {
  readonly spec: ClusterSpec;
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
  /** What must have run before an API server can start: the etcd members. */
  readonly etcdReady: readonly pulumi.Resource[];
  /** Names of the steps in the stack's state. */
  readonly existing: ReadonlySet<string>;
}

/** What is needed to run one service of the control plane on one machine. */
export interface ControlPlaneService extends ControlPlaneArgs {
  readonly host: Host;
}
