import type * as pulumi from "@pulumi/pulumi";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Machine } from "../providers/machine.ts";
import type { Host } from "../remote/host.ts";
import type { ClusterSpec } from "../spec.ts";

export interface WorkerArgs {
  readonly spec: ClusterSpec;
  readonly host: Host;
  readonly pki: ClusterPki;
  /** The control plane's machines, in the order of the config: each has an API server. */
  readonly controlPlane: readonly Machine[];
  /** What must have run before a kubelet can register: an API server. */
  readonly apiReady: readonly pulumi.Resource[];
  /** What must run before a kubelet can ask for a certificate: who approves it. */
  readonly approvers: readonly pulumi.Resource[];
  /** Names of the steps in the stack's state. */
  readonly existing: ReadonlySet<string>;
  /** What must be done on another worker before the services of this one are disturbed. */
  readonly after: readonly pulumi.Resource[];
}
