import type { FlowRule, MachineNetwork, NetworkPolicy } from "../machines/spec.ts";
import { formatRange, parseAddress, parseRange, type Range } from "./addresses.ts";
import { allowedFlows, allPorts, type Flow, type JudgedFlow } from "./flows.ts";
import {
  hasTag,
  type CloudState,
  type FirewallRule,
  type Machine,
  type Peers,
  type RuleSet,
} from "./model.ts";

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
      firewall.enabled &&
      (firewall.machineIds.includes(machine.id) ||
        firewall.tags.some((tag) => hasTag(machine.tags, tag))),
  );
  const flows = (sets: readonly RuleSet[]) =>
    sets.flatMap(({ rules, otherwise }) =>
      flowRules(
        allowedFlows(
          rules.flatMap((rule) => judged(state, rule)),
          otherwise,
        ),
      ),
    );
  return {
    id: hypervisorId(machine),
    publicIp: machine.publicIp,
    reservedIps: state.reservedIps
      .filter(({ machineId }) => machineId === machine.id)
      .map(({ ip }) => ip),
    privateIp: machine.privateIp,
    vpcId: machine.networkId,
    firewalled: firewalls.length > 0,
    inbound: flows(firewalls.map(({ inbound }) => inbound)),
    outbound: flows(firewalls.map(({ outbound }) => outbound)),
  };
}

function judged(
  state: CloudState,
  { verdict, protocol, ports, peers }: FirewallRule,
): JudgedFlow[] {
  return rangesOf(state, peers).map((range) => ({
    verdict,
    protocol,
    ports: ports ?? allPorts,
    range,
  }));
}

function rangesOf(state: CloudState, peers: Peers): Range[] {
  const members = state.machines.filter(
    ({ id, tags }) => peers.machineIds.includes(id) || peers.tags.some((tag) => hasTag(tags, tag)),
  );
  return [
    ...peers.addresses,
    ...members.flatMap(({ publicIp, privateIp }) => [publicIp, privateIp ?? ""]),
  ].flatMap(ipv4Range);
}

function ipv4Range(address: string): Range[] {
  const base = parseAddress(address);
  return [base === null ? parseRange(address) : { base, prefix: 32 }].filter(
    (range) => range !== null,
  );
}

/** Flows that differ in their addresses only become one rule. */
function flowRules(flows: readonly Flow[]): FlowRule[] {
  const groups = Map.groupBy(flows, ({ protocol, ports }) => `${protocol} ${ports.join("-")}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { protocol, ports } = first;
    const cidrs = [...new Set(group.map(({ range }) => formatRange(range)))];
    const all = ports[0] === allPorts[0] && ports[1] === allPorts[1];
    return [{ protocol, ports: all ? null : ports, cidrs }];
  });
}
