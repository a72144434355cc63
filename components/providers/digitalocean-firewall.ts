import type {
  FirewallInboundRule,
  FirewallOutboundRule,
} from "@pulumi/digitalocean/types/input.js";
import type * as pulumi from "@pulumi/pulumi";
import { type Opening, openingsOf } from "../facts/port-matrix.ts";
import { formatRange } from "../facts/ports.ts";
import type { ClusterSpec } from "../spec.ts";

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
  readonly inboundRules: FirewallInboundRule[];
  readonly outboundRules: FirewallOutboundRule[];
}

const everywhere = ["0.0.0.0/0", "::/0"];

/**
 * The port matrix as firewalls by tag; a machine with several firewalls lets in what any of them allows. Going out,
 * everything is allowed.
 */
export function firewallRules(spec: ClusterSpec, tags: FirewallTags): FirewallRules[] {
  const openings = openingsOf(spec);
  const inboundRules = (isBehind: (opening: Opening) => boolean) =>
    openings.filter(isBehind).flatMap((opening) => rulesOf(opening, spec.operatorCidrs, tags));
  const only = (role: Opening["roles"][number]) => (opening: Opening) =>
    opening.roles.every((it) => it === role);
  return [
    {
      id: "nodes",
      tag: tags.cluster,
      inboundRules: inboundRules(({ roles }) => roles.length > 1),
      outboundRules: [
        { protocol: "tcp", portRange: "1-65535", destinationAddresses: everywhere },
        { protocol: "udp", portRange: "1-65535", destinationAddresses: everywhere },
        { protocol: "icmp", destinationAddresses: everywhere },
      ],
    },
    {
      id: "control-plane",
      tag: tags.controlPlane,
      inboundRules: inboundRules(only("control-plane")),
      outboundRules: [],
    },
    {
      id: "workers",
      tag: tags.worker,
      inboundRules: inboundRules(only("worker")),
      outboundRules: [],
    },
  ];
}

/** A rule has one range of ports. */
function rulesOf(
  { protocol, ports, from }: Opening,
  operatorCidrs: readonly string[],
  tags: FirewallTags,
): FirewallInboundRule[] {
  const sources = sourcesOf(from, operatorCidrs, tags);
  if (protocol === "icmp") return [{ protocol, ...sources }];
  return ports.map((range) => ({ protocol, portRange: formatRange(range), ...sources }));
}

function sourcesOf(
  from: Opening["from"],
  operatorCidrs: readonly string[],
  { cluster, controlPlane }: FirewallTags,
) {
  switch (from) {
    case "everybody":
      return { sourceAddresses: everywhere };
    case "operators":
      return { sourceAddresses: [...operatorCidrs] };
    case "nodes":
      return { sourceTags: [cluster] };
    case "control-plane":
      return { sourceTags: [controlPlane] };
    default:
      return { sourceAddresses: [...from] };
  }
}
