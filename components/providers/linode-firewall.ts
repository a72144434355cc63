import type { FirewallArgs } from "@pulumi/linode/firewall.js";
import { type Opening, openingsOf } from "../facts/port-matrix.ts";
import { formatRange } from "../facts/ports.ts";
import type { ClusterSpec, NodeRole } from "../spec.ts";

/**
 * The port matrix as what a firewall lets in to machines of this role. A Linode has one firewall, so this is all of it: it
 * filters what comes to the public address and what comes over the VPC alike. Going out, everything is allowed.
 * @param controlPlane - private addresses of the control plane's machines
 * @see https://techdocs.akamai.com/linode-api/reference/post-firewalls
 */
export function linodeFirewall(
  role: NodeRole,
  spec: ClusterSpec,
  controlPlane: readonly string[],
): Pick<FirewallArgs, "inbounds" | "inboundPolicy" | "outboundPolicy"> {
  return {
    inbounds: openingsOf(spec)
      .filter(({ roles }) => roles.includes(role))
      .map(({ name, protocol, ports, from }) => ({
        action: "ACCEPT",
        label: name,
        protocol: protocol.toUpperCase(),
        ...(protocol === "icmp" ? {} : { ports: ports.map(formatRange).join(",") }),
        ...sourcesOf(from, spec, controlPlane),
      })),
    inboundPolicy: "DROP",
    outboundPolicy: "ACCEPT",
  };
}

function sourcesOf(
  from: Opening["from"],
  { operatorCidrs, network }: ClusterSpec,
  controlPlane: readonly string[],
) {
  switch (from) {
    case "everybody":
      return { ipv4s: ["0.0.0.0/0"], ipv6s: ["::/0"] };
    case "operators":
      return { ipv4s: [...operatorCidrs] };
    case "nodes":
      return { ipv4s: [network.nodeCidr] };
    case "control-plane":
      return { ipv4s: controlPlane.map((address) => `${address}/32`) };
    default:
      return { ipv4s: [...from] };
  }
}
