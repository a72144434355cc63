import type { FlowRule, MachineNetwork, NetworkPolicy } from "./spec.ts";

/** Ports of the lab that every machine may reach, whatever its firewall says: files, registry, ACME directory, DNS. */
export const labPorts = { tcp: [8080, 5000, 14_000, 53], udp: [53] } as const;

/** Lab-side end of a machine's eth0. */
export function publicLink(id: string): string {
  return `${id}-pub`;
}

/** Lab-side end of a machine's eth1. */
export function privateLink(id: string): string {
  return `${id}-vpc`;
}

/**
 * The lab's whole ruleset, for `nft -f`, which applies it at once or not at all.
 *
 * A packet passes three gates: nobody sends with an address that is not theirs; public goes to public, private to
 * the same VPC; and then the sender's outbound and the receiver's inbound rules, as a cloud firewall does on both
 * networks. The lab's own side reaches public addresses only, and counts as source 10.240.0.1. A packet to a
 * reserved address is turned to its machine's public address first, so that all gates see that one.
 * @throws Error when an address, range or port of the policy is not one
 * @see https://wiki.nftables.org/wiki-nftables/index.php/Main_Page
 */
export function renderRuleset(policy: NetworkPolicy): string {
  const machines = policy.machines.map(checked);
  const vpcs = [...Map.groupBy(machines.filter(isPrivate), ({ vpcId }) => vpcId).values()];
  const walled = machines.filter(({ firewalled }) => firewalled);
  return `table inet hardway
delete table inet hardway
table inet hardway {
${set(
  "own_addresses",
  "ifname . ipv4_addr",
  machines.flatMap((m) => links(m).map(([link, ip]) => `"${link}" . ${ip}`)),
)}
${set(
  "public_links",
  "ifname",
  machines.map(({ id }) => `"${publicLink(id)}"`),
)}
${vpcs.map((members, i) => set(`vpc_${i}`, "ifname", members.map(privateName))).join("")}
${reserved(machines)}  chain spoofing {
    type filter hook prerouting priority raw; policy drop;
    iifname "lo" accept
    iifname . ip saddr @own_addresses accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname @public_links oifname @public_links goto firewall
${vpcs.map((_, i) => `    iifname @vpc_${i} oifname @vpc_${i} goto firewall\n`).join("")}  }
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    iifname @public_links ip daddr 10.240.0.1 tcp dport { ${labPorts.tcp.join(", ")} } accept
    iifname @public_links ip daddr 10.240.0.1 udp dport { ${labPorts.udp.join(", ")} } accept
    iifname @public_links icmp type echo-request accept
    reject with icmp type admin-prohibited
  }
  chain output {
    type filter hook output priority filter; policy drop;
    ct state established,related accept
    ct status dnat goto reserved
    oifname "lo" accept
    oifname @public_links goto inbound
    reject with icmp type net-unreachable
  }
  chain firewall {
    ${verdicts("iifname", walled, "out")}
    goto inbound
  }
  chain inbound {
    ${verdicts("oifname", walled, "in")}
    accept
  }
${walled.map((m) => direction(m, "out", m.outbound, "daddr") + direction(m, "in", m.inbound, "saddr")).join("")}}
`;
}

/**
 * What makes a reserved address lead to its machine. A machine that calls its own is answered too: its packet comes
 * back from the lab's address, because no machine takes one from itself.
 *
 * Of a packet that the lab itself sent, `oifname` still is where it would have gone: it is judged by address.
 */
function reserved(machines: readonly MachineNetwork[]): string {
  const targets = machines.flatMap(({ publicIp, reservedIps }) =>
    reservedIps.map((ip) => `${ip} : ${publicIp}`),
  );
  if (targets.length === 0) return "  chain reserved { }\n";
  const turn = `dnat ip to ip daddr map { ${targets.join(", ")} }`;
  const owners = machines.filter(({ reservedIps }) => reservedIps.length > 0);
  const walls = owners
    .filter(({ firewalled }) => firewalled)
    .map((m) => `${m.publicIp} : jump ${chainName(m, "in")}`);
  return `  chain reserved_in {
    type nat hook prerouting priority dstnat; policy accept;
    ${turn}
  }
  chain reserved_out {
    type nat hook output priority -100; policy accept;
    ${turn}
  }
  chain reserved_own {
    type nat hook postrouting priority srcnat; policy accept;
    ct status dnat ip saddr . ip daddr { ${owners.map((m) => `${m.publicIp} . ${m.publicIp}`).join(", ")} } snat ip to 10.240.0.1
  }
  chain reserved {
    ${walls.length > 0 ? `ip daddr vmap { ${walls.join(", ")} }` : ""}
    accept
  }
`;
}

type PrivateMachine = MachineNetwork & { readonly privateIp: string };

function isPrivate(machine: MachineNetwork): machine is PrivateMachine {
  return machine.privateIp !== null && machine.vpcId !== null;
}

function privateName(machine: MachineNetwork): string {
  return `"${privateLink(machine.id)}"`;
}

/** Lab-side interfaces of a machine with the one address that may come in there. */
function links(machine: MachineNetwork): [link: string, ip: string][] {
  const eth0: [string, string] = [publicLink(machine.id), machine.publicIp];
  return isPrivate(machine) ? [eth0, [privateLink(machine.id), machine.privateIp]] : [eth0];
}

function set(name: string, type: string, elements: readonly string[]): string {
  // An empty list of elements is a syntax error.
  const line = elements.length > 0 ? ` elements = { ${elements.join(", ")} };` : "";
  return `  set ${name} { type ${type};${line} }\n`;
}

function verdicts(key: string, walled: readonly MachineNetwork[], way: "in" | "out"): string {
  const jumps = walled.flatMap((m) =>
    links(m).map(([link]) => `"${link}" : jump ${chainName(m, way)}`),
  );
  return jumps.length > 0 ? `${key} vmap { ${jumps.join(", ")} }` : "";
}

function chainName(machine: MachineNetwork, way: "in" | "out"): string {
  return `${machine.id}_${way}`;
}

function direction(
  machine: MachineNetwork,
  way: "in" | "out",
  rules: readonly FlowRule[],
  side: "saddr" | "daddr",
): string {
  const lines = rules.flatMap((rule) => ruleLines(rule, side)).map((line) => `    ${line}\n`);
  return `  chain ${chainName(machine, way)} {\n${lines.join("")}    drop\n  }\n`;
}

function ruleLines(rule: FlowRule, side: "saddr" | "daddr"): string[] {
  const match = protocolMatch(rule);
  return rule.cidrs
    .filter((cidr) => !cidr.includes(":"))
    .map((cidr) => checkedCidr(cidr))
    .map((cidr) =>
      cidr.endsWith("/0") ? `${match} return` : `ip ${side} ${cidr} ${match} return`,
    );
}

function protocolMatch({ protocol, ports }: FlowRule): string {
  if (protocol === "icmp" || ports === null) return `meta l4proto ${protocol}`;
  const [first, last] = ports;
  if (![first, last].every((port) => Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new Error(`firewall rule: not a range of ports, got ${String(first)}-${String(last)}`);
  }
  return `${protocol} dport ${String(first)}-${String(last)}`;
}

const ipv4 =
  /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$|\/)|(?=$|\/))){4}(?:\/(?:3[0-2]|[12]?\d))?$/;

function checkedCidr(text: string): string {
  if (!ipv4.test(text))
    throw new Error(`firewall rule: not an IPv4 range, got ${JSON.stringify(text)}`);
  return text;
}

function checked(machine: MachineNetwork): MachineNetwork {
  if (!/^[a-z0-9]{1,8}$/.test(machine.id)) {
    throw new Error(`network policy: not a machine id, got ${JSON.stringify(machine.id)}`);
  }
  for (const ip of [machine.publicIp, ...machine.reservedIps]) checkedCidr(ip);
  if (machine.privateIp !== null) checkedCidr(machine.privateIp);
  return machine;
}
