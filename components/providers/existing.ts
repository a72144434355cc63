import * as pulumi from "@pulumi/pulumi";
import { parseIpv4 } from "../lib/cidr.ts";
import type { ClusterSpec, ExistingSpec, LoginSpec, NodeSpec } from "../spec.ts";
import { checkPointed } from "./existing-names.ts";
import type {
  AdoptHosts,
  ClusterNames,
  ExistingHost,
  Machine,
  Machines,
  SshConnection,
} from "./machine.ts";
import type { NameServers } from "./name-servers.ts";
import { givenNames, namePlans } from "./name-records.ts";

export interface ExistingMachinesArgs {
  readonly spec: ClusterSpec;
  readonly existing: ExistingSpec;
  /** Secret. */
  readonly loginKey: pulumi.Output<string> | undefined;
  readonly adopt: AdoptHosts;
  readonly nameServers: NameServers;
}

/**
 * The cluster's machines, which are there already and stay when the cluster goes. Nothing is done to any of them before
 * all have been found fit; their firewall, reboots and updates are their owner's.
 */
export class ExistingMachines extends pulumi.ComponentResource implements Machines {
  readonly controlPlane: readonly Machine[];
  readonly workers: readonly Machine[];
  readonly names: ClusterNames;
  /** The first control-plane host's part in the cluster: without it nothing answers for the cluster's objects. */
  readonly deletedWith: pulumi.Resource;

  constructor(name: string, args: ExistingMachinesArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:providers:ExistingMachines", name, {}, opts);
    const { spec, existing, adopt, nameServers } = args;
    const loginKey = args.loginKey ?? pulumi.secret("");
    const nodes = [...spec.controlPlane.nodes, ...spec.workers.nodes];
    const known = nodes.map((node) => hostOf(node, existing, loginKey));
    const plans = namePlans(spec, {
      controlPlane: known.slice(0, spec.controlPlane.nodes.length),
      workers: known.slice(spec.controlPlane.nodes.length),
    });
    this.names = givenNames(plans);
    const pointed =
      spec.names === null || pulumi.runtime.isDryRun()
        ? pulumi.output(undefined)
        : pulumi.output(checkPointed(plans, { domain: spec.names.domain, existing, nameServers }));
    // The first step on a host is told its address, and so waits for the names.
    const hosts = known.map((host) => ({
      ...host,
      privateIp: pulumi.all([pointed, host.privateIp]).apply(([, address]) => address),
    }));
    const adoptions = adopt(hosts, { parent: this });
    const machines = hosts.map((host, index): Machine => {
      const adoption = adoptions[index];
      if (adoption === undefined) throw new Error(`${host.node.name}: was not adopted`);
      return { ...host, ...adoption };
    });

    this.controlPlane = machines.slice(0, spec.controlPlane.nodes.length);
    this.workers = machines.slice(spec.controlPlane.nodes.length);
    this.deletedWith = this.controlPlane[0]?.deletedWith ?? this;
  }
}

function hostOf(
  node: NodeSpec,
  { hosts }: ExistingSpec,
  loginKey: pulumi.Output<string>,
): ExistingHost {
  const host = hosts[node.name];
  if (host === undefined) throw new Error(`${node.name}: has no host in the spec`);
  const { bastion, privateAddress } = host;
  return {
    node,
    arch: node.architecture,
    publicIp: pulumi.output(host.address),
    ...(parseIpv4(host.address) === null ? { publicName: host.address } : {}),
    privateIp: pulumi.output(privateAddress),
    connection: {
      ...connectionOf(host, loginKey),
      ...(bastion === null ? {} : { proxy: connectionOf(bastion, loginKey) }),
    },
    sudo: host.sudo,
  };
}

function connectionOf(
  { address, user, port, hostKey }: LoginSpec,
  privateKey: pulumi.Output<string>,
): SshConnection {
  return { host: address, port, user, privateKey, hostKey };
}
