import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec, LinodeSpec } from "../spec.ts";
import type { Machine, MachineAccess, Machines } from "./machine.ts";

export interface LinodeMachinesArgs {
  readonly spec: ClusterSpec;
  readonly cloud: LinodeSpec;
  readonly access: MachineAccess;
  /** Secret. Without it the plugin reads LINODE_TOKEN. */
  readonly token: pulumi.Output<string> | undefined;
}

/** The cluster's machines as Linodes in a VPC of their own, behind firewalls. */
export class LinodeMachines extends pulumi.ComponentResource implements Machines {
  readonly controlPlane: readonly Machine[] = [];
  readonly workers: readonly Machine[] = [];
  readonly deletedWith: pulumi.Resource = this;

  constructor(name: string, _args: LinodeMachinesArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:providers:LinodeMachines", name, {}, opts);
    this.registerOutputs({});
  }
}
