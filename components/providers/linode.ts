import { Firewall } from "@pulumi/linode/firewall.js";
import { FirewallDevice } from "@pulumi/linode/firewallDevice.js";
import { Instance } from "@pulumi/linode/instance.js";
import { Provider } from "@pulumi/linode/provider.js";
import { Vpc } from "@pulumi/linode/vpc.js";
import { VpcSubnet } from "@pulumi/linode/vpcSubnet.js";
import * as pulumi from "@pulumi/pulumi";
import { cidr, contains } from "../lib/cidr.ts";
import { cloudLabel, linodeLimits } from "../facts/labels.ts";
import { holdsAllData } from "../facts/foundation.ts";
import type { ClusterSpec, LinodeSpec, NodeSpec } from "../spec.ts";
import { userData } from "./cloud-init.ts";
import { inTurn } from "./in-turn.ts";
import { linodeFirewall } from "./linode-firewall.ts";
import { linodeNames, linodeZone } from "./linode-dns.ts";
import type { ClusterNames, Machine, MachineAccess, Machines, Settle } from "./machine.ts";
import type { NameServers } from "./name-servers.ts";
import { namePlans } from "./name-records.ts";

export interface LinodeMachinesArgs {
  readonly spec: ClusterSpec;
  readonly cloud: LinodeSpec;
  readonly access: MachineAccess;
  readonly settle: Settle;
  /** Secret. Without it the plugin reads LINODE_TOKEN. */
  readonly token: pulumi.Output<string> | undefined;
  readonly nameServers: NameServers;
}

/**
 * The cluster's machines as Linodes in a VPC of their own, each with a fixed address in it, behind firewalls.
 *
 * A new image or user data never replaces a live node: that would destroy etcd's data. To rebuild a node, give it
 * a new name in the config. Labels are unique in an account, so each begins with the cluster's tag. The root password
 * is made by the plugin, told to nobody and kept nowhere: SSH takes keys only.
 * @see https://techdocs.akamai.com/linode-api/reference/api
 */
export class LinodeMachines extends pulumi.ComponentResource implements Machines {
  readonly controlPlane: readonly Machine[];
  readonly workers: readonly Machine[];
  readonly names: ClusterNames;
  /** The VPC: it can only go when every machine is gone. */
  readonly deletedWith: pulumi.Resource;

  constructor(name: string, args: LinodeMachinesArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:providers:LinodeMachines", name, {}, opts);
    const { spec, cloud, access, settle, token, nameServers } = args;
    const provider = new Provider(
      name,
      {
        ...(token === undefined ? {} : { token }),
        ...(cloud.url === null ? {} : { url: cloud.url }),
      },
      { parent: this },
    );
    const child = { parent: this, provider };
    const clusterTag = cloudLabel(spec.tag, linodeLimits.tag);

    const zone = spec.names === null ? null : linodeZone(spec.names.domain, nameServers, provider);
    // Nothing is made before the zone is known to be there.
    const label = (text: string, limit: number): pulumi.Input<string> => {
      const fitting = cloudLabel(text, limit);
      return zone?.apply(() => fitting) ?? fitting;
    };

    const vpc = new Vpc(
      "vpc",
      { label: label(spec.tag, linodeLimits.vpc), region: cloud.region },
      child,
    );
    const subnet = new VpcSubnet(
      "subnet",
      { vpcId: numeric(vpc.id), label: "nodes", ipv4: spec.network.nodeCidr },
      child,
    );
    const firewall = (role: NodeSpec["role"]) =>
      new Firewall(
        `firewall-${role}`,
        {
          label: label(`${spec.tag}-${role}`, linodeLimits.firewall),
          tags: [clusterTag],
          ...linodeFirewall(
            role,
            spec,
            spec.controlPlane.nodes.map((node) => addressOf(cloud, node)),
          ),
        },
        child,
      );
    const firewalls = {
      "control-plane": firewall("control-plane"),
      worker: firewall("worker"),
    };

    const instance = (node: NodeSpec, after: readonly pulumi.Resource[]) =>
      new Instance(
        node.name,
        {
          label: cloudLabel(`${spec.tag}-${node.name}`, linodeLimits.instance),
          region: cloud.region,
          type: node.size.slug,
          image: node.image,
          interfaces: [
            { purpose: "public", primary: true },
            {
              purpose: "vpc",
              subnetId: numeric(subnet.id),
              ipv4: { vpc: addressOf(cloud, node) },
            },
          ],
          authorizedKeys: [access.login.publicKey],
          // Said, since the plugin leaves a machine off after a change to a smaller size otherwise.
          booted: true,
          metadatas: [{ userData: base64(userData(node.name, access.hostKeyOf(node.name))) }],
          tags: [clusterTag, cloudLabel(`${spec.tag}-${node.role}`, linodeLimits.tag)],
        },
        {
          ...child,
          // A firewall goes only after the machines behind it.
          dependsOn: [...Object.values(firewalls), ...after],
          protect: holdsAllData(spec, node),
          ignoreChanges: ["image", "authorizedKeys", "metadatas"],
        },
      );
    const machine = (node: NodeSpec, after: readonly pulumi.Resource[] = []): Machine => {
      const made = instance(node, after);
      const device = new FirewallDevice(
        `${node.name}-firewall`,
        {
          firewallId: numeric(firewalls[node.role].id),
          entityId: numeric(made.id),
          entityType: "linode",
        },
        { ...child, deletedWith: made },
      );
      const publicIp = made.ipv4s.apply((addresses) => publicOf(node.name, addresses));
      return {
        node,
        arch: node.architecture,
        publicIp,
        privateIp: pulumi.output(addressOf(cloud, node)),
        providerId: pulumi.interpolate`linode://${made.id}`,
        connection: {
          host: publicIp,
          port: 22,
          user: "root",
          privateKey: access.login.privateKey,
          hostKey: access.hostKeyOf(node.name).publicKey,
        },
        sudo: false,
        // Until then only SSH listens, and only for our key: nothing is installed before the firewall is there.
        ready: [device],
        deletedWith: made,
      };
    };
    this.controlPlane = inTurn(spec.controlPlane.nodes, machine, (it) =>
      settle(it, { parent: this }),
    );
    this.workers = spec.workers.nodes.map((node) => machine(node));
    this.names =
      spec.names === null || zone === null
        ? {}
        : linodeNames(
            namePlans(spec, this),
            { zone, domain: spec.names.domain, nameServers },
            child,
          );
    this.deletedWith = vpc;
  }
}

function addressOf({ privateAddresses }: LinodeSpec, { name }: NodeSpec): string {
  const address = privateAddresses[name];
  if (address === undefined) throw new Error(`${name}: no private address in the spec`);
  return address;
}

/** Where Linode's private addresses are, one of which may have been added by hand. */
const privateRange = cidr("192.168.128.0/17");

/** The address in the internet. */
function publicOf(nodeName: string, addresses: readonly string[]): string {
  const found = addresses.find((address) => !contains(privateRange, cidr(`${address}/32`)));
  if (found === undefined) throw new Error(`${nodeName}: the Linode has no public IPv4 address`);
  return found;
}

/** Ids are text in Pulumi and numbers in Linode's API. */
function numeric(id: pulumi.Output<string>): pulumi.Output<number> {
  return id.apply(Number);
}

function base64(text: pulumi.Output<string>): pulumi.Output<string> {
  return text.apply((plain) => Buffer.from(plain).toString("base64"));
}
