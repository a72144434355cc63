import { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Firewall } from "@pulumi/digitalocean/firewall.js";
import { Provider } from "@pulumi/digitalocean/provider.js";
import { SshKey } from "@pulumi/digitalocean/sshKey.js";
import { Tag } from "@pulumi/digitalocean/tag.js";
import { Vpc } from "@pulumi/digitalocean/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import { holdsAllData } from "../facts/foundation.ts";
import type { ClusterSpec, DigitalOceanSpec, NodeSpec } from "../spec.ts";
import { digitalOceanNames, digitalOceanZone } from "./digitalocean-dns.ts";
import { userData } from "./cloud-init.ts";
import { firewallRules } from "./digitalocean-firewall.ts";
import { inTurn } from "./in-turn.ts";
import { ReservedAddress } from "./digitalocean-reserved.ts";
import type { ClusterNames, Machine, MachineAccess, Machines, Settle } from "./machine.ts";
import type { NameServers } from "./name-servers.ts";
import { namePlans } from "./name-records.ts";

export interface DigitalOceanMachinesArgs {
  readonly spec: ClusterSpec;
  readonly cloud: DigitalOceanSpec;
  readonly access: MachineAccess;
  readonly settle: Settle;
  /** Secret. Without it the plugin reads DIGITALOCEAN_TOKEN. */
  readonly token: pulumi.Output<string> | undefined;
  readonly nameServers: NameServers;
}

/**
 * The cluster's machines as Droplets in a VPC of their own, behind firewalls.
 *
 * A new image or user data never replaces a live node: that would destroy etcd's data. To rebuild a node, give it
 * a new name in the config.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/
 */
export class DigitalOceanMachines extends pulumi.ComponentResource implements Machines {
  readonly controlPlane: readonly Machine[];
  readonly workers: readonly Machine[];
  readonly names: ClusterNames;
  readonly apiAddress: pulumi.Output<string> | undefined;
  readonly ingressAddress: pulumi.Output<string> | undefined;
  /** The VPC: it can only go when every machine is gone. */
  readonly deletedWith: pulumi.Resource;

  constructor(name: string, args: DigitalOceanMachinesArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:providers:DigitalOceanMachines", name, {}, opts);
    const { spec, cloud, access, settle, token, nameServers } = args;
    const provider = new Provider(
      name,
      {
        ...(token === undefined ? {} : { token }),
        ...(cloud.apiEndpoint === null ? {} : { apiEndpoint: cloud.apiEndpoint }),
      },
      { parent: this },
    );
    const child = { parent: this, provider };

    const zone =
      spec.names === null ? null : digitalOceanZone(spec.names.domain, nameServers, provider);
    // Nothing is made before the zone is known to be there.
    const tag: pulumi.Input<string> = zone?.apply(() => spec.tag) ?? spec.tag;
    const tags = {
      cluster: new Tag("tag", { name: tag }, child),
      "control-plane": new Tag(
        "tag-control-plane",
        { name: pulumi.interpolate`${tag}-control-plane` },
        child,
      ),
      worker: new Tag("tag-worker", { name: pulumi.interpolate`${tag}-worker` }, child),
    };
    const vpc = new Vpc(
      "vpc",
      { name: tag, region: cloud.region, ipRange: spec.network.nodeCidr },
      // The cloud lets go of deleted machines' addresses only after a while.
      { ...child, customTimeouts: { delete: "10m" } },
    );
    const loginKey = new SshKey("login", { name: tag, publicKey: access.login.publicKey }, child);
    const firewalls = firewallRules(spec, {
      cluster: tags.cluster.name,
      controlPlane: tags["control-plane"].name,
      worker: tags.worker.name,
    }).map(
      ({ id, tag, inboundRules, outboundRules }) =>
        new Firewall(
          `firewall-${id}`,
          { name: `${spec.tag}-${id}`, tags: [tag], inboundRules, outboundRules },
          child,
        ),
    );

    const region: pulumi.Input<string> = zone?.apply(() => cloud.region) ?? cloud.region;
    const reserve = (id: string, isWanted: boolean) =>
      isWanted ? new ReservedAddress(id, region, child) : undefined;
    const reserved = {
      "control-plane": reserve("api", cloud.reservedIps.api),
      worker: reserve("ingress", cloud.reservedIps.ingress),
    };

    const droplet = (node: NodeSpec, after: readonly pulumi.Resource[]) =>
      new Droplet(
        node.name,
        {
          name: node.name,
          region: cloud.region,
          size: node.size.slug,
          image: node.image,
          vpcUuid: vpc.id,
          sshKeys: [loginKey.fingerprint],
          tags: [tags.cluster.name, tags[node.role].name],
          userData: userData(node.name, access.hostKeyOf(node.name)),
          monitoring: false,
          ipv6: false,
          // A disk that has grown cannot shrink: left as it is, every change of size can be taken back.
          resizeDisk: false,
        },
        {
          ...child,
          // A machine is behind its firewall from its first packet to its last.
          dependsOn: [...firewalls, ...reservationOf(reserved[node.role]), ...after],
          protect: holdsAllData(spec, node),
          ignoreChanges: ["image", "sshKeys", "userData"],
        },
      );
    const made = (node: NodeSpec, after: readonly pulumi.Resource[] = []): Made => ({
      node,
      droplet: droplet(node, after),
    });
    const masters = inTurn(spec.controlPlane.nodes, made, (it) =>
      settle(machineOf(it, access), { parent: this }),
    );
    const workers = spec.workers.nodes.map((node) => made(node));
    this.controlPlane = masters.map((it) => machineOf(it, access));
    this.workers = workers.map((it) => machineOf(it, access));
    this.apiAddress = leadTo(masters, reserved["control-plane"]);
    this.ingressAddress = leadTo(workers, reserved.worker);
    this.names =
      spec.names === null
        ? {}
        : digitalOceanNames(
            namePlans(spec, this),
            { domain: spec.names.domain, nameServers },
            child,
          );
    this.deletedWith = vpc;
  }
}

/** A node and its machine. */
interface Made {
  readonly node: NodeSpec;
  readonly droplet: Droplet;
}

function machineOf({ node, droplet }: Made, access: MachineAccess): Machine {
  return {
    node,
    arch: node.architecture,
    publicIp: droplet.ipv4Address,
    privateIp: droplet.ipv4AddressPrivate,
    providerId: pulumi.interpolate`digitalocean://${droplet.id}`,
    connection: {
      host: droplet.ipv4Address,
      port: 22,
      user: "root",
      privateKey: access.login.privateKey,
      hostKey: access.hostKeyOf(node.name).publicKey,
    },
    sudo: false,
    ready: [],
    deletedWith: droplet,
  };
}

function reservationOf(address: ReservedAddress | undefined): pulumi.Resource[] {
  return address === undefined ? [] : [address.reservation];
}

/** The address, which leads to the first machine of a role. */
function leadTo(
  [first]: readonly Made[],
  address: ReservedAddress | undefined,
): pulumi.Output<string> | undefined {
  return first === undefined ? undefined : address?.leadTo(first.droplet);
}
