import type { FirewallArgs } from "@pulumi/linode/firewall.js";
import type { NodeRole } from "../spec.ts";

type Rules = readonly FirewallRule[];

/** One rule that lets something in. */
interface FirewallRule {
  /** 3 to 32 characters; what the rule is for. */
  readonly label: string;
  readonly protocol: "TCP" | "UDP" | "ICMP";
  /** A port or a range; none for ICMP. */
  readonly ports?: string;
  readonly ipv4s: readonly string[];
  readonly ipv6s?: readonly string[];
}

/** Where packets that are let in come from. */
export interface FirewallSources {
  /** From where SSH and the API server may be used. */
  readonly operatorCidrs: readonly string[];
  /** Range of the VPC: the other nodes. */
  readonly nodeCidr: string;
  /** Private addresses of the control plane, each as a range of one. */
  readonly controlPlane: readonly string[];
}

/**
 * What a firewall lets in to machines of this role. A Linode has one firewall, so this is all of it: it filters what
 * comes to the public address and what comes over the VPC alike. Going out, everything is allowed.
 * @see https://techdocs.akamai.com/linode-api/reference/post-firewalls
 */
export function linodeFirewall(
  role: NodeRole,
  sources: FirewallSources,
): Pick<FirewallArgs, "inbounds" | "inboundPolicy" | "outboundPolicy"> {
  return {
    inbounds: rulesOf(role, sources).map(({ ipv4s, ipv6s, ...rule }) => ({
      action: "ACCEPT",
      ...rule,
      ipv4s: [...ipv4s],
      ...(ipv6s === undefined ? {} : { ipv6s: [...ipv6s] }),
    })),
    inboundPolicy: "DROP",
    outboundPolicy: "ACCEPT",
  };
}

function rulesOf(role: NodeRole, sources: FirewallSources): Rules {
  const operator = { protocol: "TCP", ipv4s: sources.operatorCidrs } as const;
  const nodes = { ipv4s: [sources.nodeCidr] };
  const everywhere = { protocol: "TCP", ipv4s: ["0.0.0.0/0"], ipv6s: ["::/0"] } as const;
  const both: Rules = [
    { label: "ssh", ports: "22", ...operator },
    // All pod traffic between machines.
    { label: "flannel-vxlan", protocol: "UDP", ports: "8472", ...nodes },
    { label: "ping", protocol: "ICMP", ...nodes },
  ];
  switch (role) {
    case "control-plane":
      return [
        ...both,
        { label: "api-for-operators", ports: "6443", ...operator },
        { label: "api-for-nodes", protocol: "TCP", ports: "6443", ...nodes },
        // Clients and peers.
        { label: "etcd", protocol: "TCP", ports: "2379-2380", ipv4s: sources.controlPlane },
      ];
    case "worker":
      return [
        ...both,
        { label: "http", ports: "80", ...everywhere },
        { label: "https", ports: "443", ...everywhere },
        // The API server for logs and exec, and metrics-server, which runs on a worker.
        { label: "kubelet", protocol: "TCP", ports: "10250", ...nodes },
      ];
  }
}
