import { formatCidr } from "../lib/cidr.ts";
import { type PortMatrixRow, portMatrix, openingsOf, type OwnRule } from "../facts/port-matrix.ts";
import { formatPorts, parsePorts, portsHold, portsMeet, type Ports } from "../facts/ports.ts";
import { closest, suggestion } from "../lib/suggest.ts";
import type { AddonsSpec, FirewallSpec, NetworkSpec, NodeRole, ProviderSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";
import { checkOutside } from "./senders.ts";

/** What the rules depend on. */
export interface FirewallInput {
  readonly draft: Draft;
  readonly kind: ProviderSpec["kind"];
  readonly network: NetworkSpec;
  readonly addons: AddonsSpec;
}

const words = ["nodes", "operators"] as const;
const targets: Readonly<Record<string, readonly NodeRole[]>> = {
  workers: ["worker"],
  controlPlane: ["control-plane"],
  all: ["control-plane", "worker"],
};
const roleTitles: Readonly<Record<NodeRole, string>> = {
  "control-plane": "the control plane",
  worker: "workers",
};

/** One pair of ports and sender of a rule, with the path at which it was written. */
interface Wanted {
  readonly path: string;
  readonly ports: Ports;
  /** A word or a range. */
  readonly sender: string;
  readonly role: NodeRole;
}

/** What the stack wants let in besides what the cluster itself needs. */
export function checkFirewall(input: FirewallInput, problems: Problems): FirewallSpec {
  const { draft, kind, addons } = input;
  // Theirs is their owner's, and config/providers/existing.ts says so.
  const drafts = kind === "existing" ? [] : (draft.firewall?.rules ?? []);
  const rules = drafts.map((rule, index) =>
    checkRule(`firewall.rules[${index}]`, rule ?? {}, input, problems),
  );
  const all = rules.flatMap((rule, index) => wantedBy(rule, `firewall.rules[${index}]`));
  const rows = portMatrix({ addons });
  for (const wanted of all) checkWanted(wanted, rows, problems);
  checkTwice(all, problems);
  const firewall = { rules: rules.map(({ rule }) => rule) };
  checkLimits(kind, { addons, firewall }, problems);
  return firewall;
}

/** A rule, with the index in the config of each of its ports; what is wrong is left out. */
interface Checked {
  readonly rule: OwnRule;
  readonly portPaths: readonly string[];
}

type RuleDraft = NonNullable<NonNullable<NonNullable<Draft["firewall"]>["rules"]>[number]>;

function checkRule(
  path: string,
  { ports, from, to }: RuleDraft,
  { network }: FirewallInput,
  problems: Problems,
): Checked {
  const missing = (key: string, fix: string) => {
    if (problems.areSound(`${path}.${key}`)) {
      problems.add(`${path}.${key}`, { wrong: "missing", fix });
    }
  };
  if (ports === undefined || ports.length === 0) missing("ports", "write a list, e.g. [tcp/9100]");
  if (from === undefined || from.length === 0) missing("from", "write a list, e.g. [nodes]");
  const read = (ports ?? []).flatMap((got, index) => {
    const at = `${path}.ports[${index}]`;
    const its = got === undefined ? null : checkPorts(at, got, problems);
    return its === null ? [] : [{ its, at }];
  });
  const senders = new Set<(typeof words)[number]>();
  const cidrs = new Set<string>();
  (from ?? []).forEach((got, index) => {
    if (got === undefined) return;
    const word = words.find((it) => it === got);
    if (word !== undefined) senders.add(word);
    else checkSender(`${path}.from[${index}]`, got, { network, cidrs }, problems);
  });
  const got = to ?? "workers";
  const roles = targets[got];
  if (roles === undefined) {
    const fix = suggestion(got, Object.keys(targets));
    problems.add(`${path}.to`, { wrong: "unknown machines", got, fix });
  }
  return {
    rule: {
      ports: read.map(({ its }) => its),
      roles: roles ?? [],
      senders: [...senders],
      cidrs: [...cidrs],
    },
    portPaths: read.map(({ at }) => at),
  };
}

function checkPorts(path: string, got: string, problems: Problems): Ports | null {
  const ports = parsePorts(got);
  if (ports === null) {
    const fix = "write one such as tcp/9100 or udp/30000-30100";
    problems.add(path, { wrong: "not a port with its protocol", got, fix });
  }
  return ports;
}

function checkSender(
  path: string,
  got: string,
  { network, cidrs }: { readonly network: NetworkSpec; readonly cidrs: Set<string> },
  problems: Problems,
): void {
  const meant = closest(got, words);
  if (meant !== null) {
    problems.add(path, { wrong: "unknown sender", got, fix: `did you mean "${meant}"?` });
    return;
  }
  const range = checkOutside(path, got, network, problems, { nodeCidr: "write nodes" });
  if (range !== null) cidrs.add(formatCidr(range));
}

function wantedBy({ rule, portPaths }: Checked, path: string): Wanted[] {
  return rule.ports.flatMap((ports, index) =>
    rule.roles.flatMap((role) =>
      [...rule.senders, ...rule.cidrs].map((sender) => ({
        path: portPaths[index] ?? path,
        ports,
        sender,
        role,
      })),
    ),
  );
}

/** A port of the cluster's own is open to whom it must be, and to others only where that gives nothing away. */
function checkWanted(wanted: Wanted, rows: readonly PortMatrixRow[], problems: Problems): void {
  const { path, ports, sender, role } = wanted;
  for (const row of rows) {
    if (row.ports === null || !row.roles.includes(role) || !portsMeet(row.ports, ports)) continue;
    const got = formatPorts(ports);
    if (isLetIn(sender, row)) {
      if (!portsHold(row.ports, ports) || !problems.areSound(path)) continue;
      const wrong = `${row.name} of ${roleTitles[role]} is open to ${sender} already`;
      problems.add(path, { wrong, got, fix: "leave it out" });
      continue;
    }
    const { further } = row;
    if (further.to === "anybody" || (further.to === "nodes" && sender === "nodes")) continue;
    if (!problems.areSound(path)) continue;
    const wrong = `opens ${row.name} (${formatPorts(row.ports)}) of ${roleTitles[role]} to ${sender}, and ${further.because}`;
    problems.add(path, { wrong, got, fix: "leave that port out" });
  }
}

function isLetIn(sender: string, { from }: PortMatrixRow): boolean {
  return from.some((each) => each === "everybody" || each === sender);
}

function checkTwice(all: readonly Wanted[], problems: Problems): void {
  const seen = new Set<string>();
  for (const { path, ports, sender, role } of all) {
    const key = `${role} ${formatPorts(ports)} ${sender}`;
    if (seen.has(key) && problems.areSound(path)) {
      const wrong = `open to ${sender} by a rule before it`;
      problems.add(path, { wrong, got: formatPorts(ports), fix: "leave it out" });
    }
    seen.add(key);
  }
}

/**
 * What one firewall may hold. On digitalocean a rule has one range of ports, and three are for what goes out.
 * @see https://docs.digitalocean.com/products/networking/firewalls/details/limits/
 * @see https://techdocs.akamai.com/cloud-computing/docs/cloud-firewall
 */
const limits = {
  digitalocean: { rules: 50 - 3, ranges: 1 },
  linode: { rules: 25, ranges: 15 },
} as const;

function checkLimits(
  kind: ProviderSpec["kind"],
  spec: Parameters<typeof openingsOf>[0],
  problems: Problems,
): void {
  if (kind === "existing" || !problems.areSound("firewall.rules")) return;
  const limit = limits[kind];
  for (const role of ["control-plane", "worker"] as const) {
    const openings = openingsOf(spec).filter(({ roles }) => roles.includes(role));
    const rules = openings.map(({ ports }) => (limit.ranges === 1 ? Math.max(1, ports.length) : 1));
    const count = rules.reduce((sum, each) => sum + each, 0);
    if (count > limit.rules) {
      const wrong = `${count} rules for ${roleTitles[role]}, the cluster's own included, where ${kind} has room for ${limit.rules}`;
      problems.add("firewall.rules", { wrong, fix: "join ports to ranges, or rules to one" });
    }
    if (limit.ranges > 1 && openings.some(({ ports }) => ports.length > limit.ranges)) {
      const wrong = `more than ${limit.ranges} ports of one protocol in a rule`;
      problems.add("firewall.rules", { wrong, fix: "split the rule, or join ports to ranges" });
    }
    if (!problems.areSound("firewall.rules")) return;
  }
}
