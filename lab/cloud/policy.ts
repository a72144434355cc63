import type { FlowRule, MachineNetwork, NetworkPolicy } from "../machines/hypervisor.ts";
import { parseAddress, parseRange } from "./addresses.ts";
import { hasTag, type CloudState, type FirewallRule, type Machine } from "./model.ts";

/** Id of a machine in the hypervisor. */
export const hypervisorId = (machine: Pick<Machine, "id">): string => `m${machine.id}`;

/**
 * Who may talk to whom, as the firewalls say right now.
 *
 * A machine is firewalled when at least one firewall names it or one of its tags; what any of them allows is
 * allowed. IPv6 peers are left out: the lab's machines have no IPv6 address.
 */
export function policyOf(state: CloudState): NetworkPolicy {
  return { machines: state.machines.map((machine) => machineNetwork(state, machine)) };
}

function machineNetwork(state: CloudState, machine: Machine): MachineNetwork {
  const firewalls = state.firewalls.filter(
    (firewall) =>
      firewall.machineIds.includes(machine.id) ||
      firewall.tags.some((tag) => hasTag(machine.tags, tag)),
  );
  const flows = (rules: readonly FirewallRule[]) =>
    rules.map((rule) => flowRule(state, rule)).filter(({ cidrs }) => cidrs.length > 0);
  return {
    id: hypervisorId(machine),
    publicIp: machine.publicIp,
    privateIp: machine.privateIp,
    vpcId: machine.networkId,
    firewalled: firewalls.length > 0,
    inbound: flows(firewalls.flatMap(({ inbound }) => inbound)),
    outbound: flows(firewalls.flatMap(({ outbound }) => outbound)),
  };
}

function flowRule(state: CloudState, { protocol, ports, peers }: FirewallRule): FlowRule {
  const members = state.machines.filter(
    ({ id, tags }) => peers.machineIds.includes(id) || peers.tags.some((tag) => hasTag(tags, tag)),
  );
  const cidrs = [
    ...peers.addresses.flatMap(ipv4Cidr),
    ...members.flatMap(({ publicIp, privateIp }) => [`${publicIp}/32`, `${privateIp}/32`]),
  ];
  return { protocol, ports, cidrs: [...new Set(cidrs)] };
}

function ipv4Cidr(address: string): string[] {
  if (parseRange(address) !== null) return [address];
  return parseAddress(address) === null ? [] : [`${address}/32`];
}
