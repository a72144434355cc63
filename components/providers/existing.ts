import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec, ExistingSpec } from "../spec.ts";
import type { Machine, Machines } from "./machine.ts";

export interface ExistingMachinesArgs {
  readonly spec: ClusterSpec;
  readonly existing: ExistingSpec;
  /** Secret. */
  readonly loginKey: pulumi.Output<string> | undefined;
}

/** The cluster's machines, which are there already. */
export class ExistingMachines extends pulumi.ComponentResource implements Machines {
  readonly controlPlane: readonly Machine[] = [];
  readonly workers: readonly Machine[] = [];
  readonly deletedWith: pulumi.Resource = this;

  constructor(name: string, _args: ExistingMachinesArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:providers:ExistingMachines", name, {}, opts);
    this.registerOutputs({});
  }
}
