import type { FirewallArgs } from "@pulumi/digitalocean/firewall.js";
import type * as pulumi from "@pulumi/pulumi";

/** Names of the tags that firewalls protect and let in. */
export interface FirewallTags {
  readonly cluster: pulumi.Input<string>;
  readonly controlPlane: pulumi.Input<string>;
  readonly worker: pulumi.Input<string>;
}

export interface FirewallRules {
  /** Part of the firewall's name: whom it protects. */
  readonly id: "nodes" | "control-plane" | "workers";
  /** Every machine with this tag is behind it. */
  readonly tag: pulumi.Input<string>;
  readonly inboundRules: NonNullable<FirewallArgs["inboundRules"]>;
  readonly outboundRules: NonNullable<FirewallArgs["outboundRules"]>;
}

const everywhere = ["0.0.0.0/0", "::/0"];

/**
 * What may reach the machines; a machine with several firewalls lets in what any of them allows.
 * @param operatorCidrs - from where SSH and the API server may be used
 */
export function firewallRules(
  operatorCidrs: readonly string[],
  { cluster, controlPlane, worker }: FirewallTags,
): FirewallRules[] {
  const operator = { sourceAddresses: [...operatorCidrs] };
  return [
    {
      id: "nodes",
      tag: cluster,
      inboundRules: [
        { protocol: "tcp", portRange: "22", ...operator },
        // flannel's VXLAN: all pod traffic between machines.
        { protocol: "udp", portRange: "8472", sourceTags: [cluster] },
        { protocol: "icmp", sourceTags: [cluster] },
      ],
      outboundRules: [
        { protocol: "tcp", portRange: "1-65535", destinationAddresses: everywhere },
        { protocol: "udp", portRange: "1-65535", destinationAddresses: everywhere },
        { protocol: "icmp", destinationAddresses: everywhere },
      ],
    },
    {
      id: "control-plane",
      tag: controlPlane,
      inboundRules: [
        { protocol: "tcp", portRange: "6443", ...operator },
        { protocol: "tcp", portRange: "6443", sourceTags: [cluster] },
        // etcd: clients and peers.
        { protocol: "tcp", portRange: "2379-2380", sourceTags: [controlPlane] },
      ],
      outboundRules: [],
    },
    {
      id: "workers",
      tag: worker,
      inboundRules: [
        { protocol: "tcp", portRange: "80", sourceAddresses: everywhere },
        { protocol: "tcp", portRange: "443", sourceAddresses: everywhere },
        // kubelet: the API server for logs and exec, and metrics-server, which runs on a worker.
        { protocol: "tcp", portRange: "10250", sourceTags: [cluster] },
      ],
      outboundRules: [],
    },
  ];
}
