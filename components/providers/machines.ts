import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../spec.ts";
import { DigitalOceanMachines } from "./digitalocean.ts";
import type { MachineAccess, Machines } from "./machine.ts";

export interface MachinesArgs {
  readonly spec: ClusterSpec;
  readonly access: MachineAccess;
  /** Secret. The token for the cloud's API. */
  readonly token: pulumi.Output<string> | undefined;
}

/** The cluster's machines, from the provider that the stack names. */
export function createMachines(
  name: string,
  args: MachinesArgs,
  opts: pulumi.ComponentResourceOptions,
): Machines {
  return new DigitalOceanMachines(name, { ...args, cloud: args.spec.provider }, opts);
}
