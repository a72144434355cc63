import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../spec.ts";
import { DigitalOceanMachines } from "./digitalocean.ts";
import { ExistingMachines } from "./existing.ts";
import { LinodeMachines } from "./linode.ts";
import type { AdoptHosts, MachineAccess, Machines, Settle } from "./machine.ts";
import { nameServers as dns, type NameServers } from "./name-servers.ts";

export interface MachinesArgs {
  readonly spec: ClusterSpec;
  /** Makes the keys for machines that are made; called at most once. */
  readonly access: () => MachineAccess;
  /** Secret. The token for the cloud's API. */
  readonly token: pulumi.Output<string> | undefined;
  /** Secret. The key with which to log in to hosts that are there already. */
  readonly loginKey: pulumi.Output<string> | undefined;
  /** Makes such hosts part of the cluster. */
  readonly adopt: AdoptHosts;
  /** Lets control-plane machines change in turn. */
  readonly settle: Settle;
  /** @default - the DNS */
  readonly nameServers?: NameServers | undefined;
}

/** The cluster's machines, from the provider that the stack names. */
export function createMachines(
  name: string,
  { spec, access, token, loginKey, adopt, settle, nameServers = dns() }: MachinesArgs,
  opts: pulumi.ComponentResourceOptions,
): Machines {
  const { provider } = spec;
  switch (provider.kind) {
    case "digitalocean":
      return new DigitalOceanMachines(
        name,
        { spec, cloud: provider, access: access(), token, settle, nameServers },
        opts,
      );
    case "linode":
      return new LinodeMachines(
        name,
        { spec, cloud: provider, access: access(), token, settle, nameServers },
        opts,
      );
    case "existing":
      return new ExistingMachines(
        name,
        { spec, existing: provider, loginKey, adopt, nameServers },
        opts,
      );
  }
}
