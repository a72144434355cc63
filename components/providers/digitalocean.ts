import { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Firewall } from "@pulumi/digitalocean/firewall.js";
import { Provider } from "@pulumi/digitalocean/provider.js";
import { SshKey } from "@pulumi/digitalocean/sshKey.js";
import { Tag } from "@pulumi/digitalocean/tag.js";
import { Vpc } from "@pulumi/digitalocean/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec, DigitalOceanSpec, NodeSpec } from "../spec.ts";
import { userData } from "./cloud-init.ts";
import { firewallRules } from "./digitalocean-firewall.ts";
import type { Machine, MachineAccess, Machines } from "./machine.ts";

export interface DigitalOceanMachinesArgs {
  readonly spec: ClusterSpec;
  readonly cloud: DigitalOceanSpec;
  readonly access: MachineAccess;
  /** Secret. Without it the plugin reads DIGITALOCEAN_TOKEN. */
  readonly token: pulumi.Output<string> | undefined;
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
  /** The VPC: it can only go when every machine is gone. */
  readonly deletedWith: pulumi.Resource;

  constructor(name: string, args: DigitalOceanMachinesArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:providers:DigitalOceanMachines", name, {}, opts);
    const { spec, cloud, access, token } = args;
    const provider = new Provider(
      name,
      {
        ...(token === undefined ? {} : { token }),
        ...(cloud.apiEndpoint === null ? {} : { apiEndpoint: cloud.apiEndpoint }),
      },
      { parent: this },
    );
    const child = { parent: this, provider };

    const tags = {
      cluster: new Tag("tag", { name: spec.tag }, child),
      "control-plane": new Tag("tag-control-plane", { name: `${spec.tag}-control-plane` }, child),
      worker: new Tag("tag-worker", { name: `${spec.tag}-worker` }, child),
    };
    const vpc = new Vpc(
      "vpc",
      { name: spec.tag, region: cloud.region, ipRange: spec.network.nodeCidr },
      // The cloud lets go of deleted machines' addresses only after a while.
      { ...child, customTimeouts: { delete: "10m" } },
    );
    const loginKey = new SshKey(
      "login",
      { name: spec.tag, publicKey: access.login.publicKey },
      child,
    );
    const firewalls = firewallRules(spec.operatorCidrs, {
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

    const droplet = (node: NodeSpec) =>
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
        },
        {
          ...child,
          // A machine is behind its firewall from its first packet to its last.
          dependsOn: firewalls,
          protect: spec.isProtected && node.role === "control-plane",
          ignoreChanges: ["image", "sshKeys", "userData"],
        },
      );
    const machine = (node: NodeSpec): Machine => {
      const made = droplet(node);
      return {
        node,
        arch: node.architecture,
        publicIp: made.ipv4Address,
        privateIp: made.ipv4AddressPrivate,
        connection: {
          host: made.ipv4Address,
          port: 22,
          user: "root",
          privateKey: access.login.privateKey,
          hostKey: access.hostKeyOf(node.name).publicKey,
        },
        sudo: false,
        ready: [],
        deletedWith: made,
      };
    };
    this.controlPlane = spec.controlPlane.nodes.map(machine);
    this.workers = spec.workers.nodes.map(machine);
    this.deletedWith = vpc;
    this.registerOutputs({});
  }
}
