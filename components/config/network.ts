import {
  addressCount,
  formatCidr,
  isPrivate,
  isUsable,
  nthAddress,
  overlaps,
  parseCidr,
  prefixForSubnets,
  subnetCount,
  type Cidr,
} from "../lib/cidr.ts";
import { isDnsName } from "../lib/dns-names.ts";
import type { NetworkSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";

const nodePodPrefix = 24;

/** Where nodes find each other when the stack does not say. */
export const standardNodeCidr = "10.10.0.0/20";

/** The ranges of a cluster with what each may be. */
const ranges = {
  // The controller-manager splits a range into at most 2^16 node ranges.
  podCidr: { standard: "10.200.0.0/16", prefixes: [8, nodePodPrefix], owner: "pods" },
  // The API server takes at most 2^20 Service addresses; the 10th is cluster DNS.
  serviceCidr: { standard: "10.32.0.0/24", prefixes: [12, 28], owner: "Services" },
  // What a DigitalOcean VPC may be.
  nodeCidr: { standard: standardNodeCidr, prefixes: [16, 28], owner: "nodes" },
} as const;

type RangeKey = keyof typeof ranges;
/** The keys that hold them. */
export const rangeKeys = [
  "podCidr",
  "serviceCidr",
  "nodeCidr",
] as const satisfies readonly RangeKey[];

/** Addresses of a VPC that no machine gets: network, broadcast and the cloud's own. */
const reservedAddresses = 4;

/** What the ranges must have room for and keep away from. */
interface Surroundings {
  /** Number of nodes, masters included. */
  readonly nodeCount: number;
  /** Ranges that the provider keeps for itself where the cluster is. */
  readonly reservedCidrs: readonly string[];
}

/** Everything about addresses. What is in doubt is left at its standard, for the problems stop the run anyway. */
export function checkNetwork(
  draft: Draft,
  surroundings: Surroundings,
  problems: Problems,
): NetworkSpec {
  const found = {
    podCidr: checkCidr("podCidr", draft, problems),
    serviceCidr: checkCidr("serviceCidr", draft, problems),
    nodeCidr: checkCidr("nodeCidr", draft, problems),
  };
  checkOverlaps(found, problems);
  checkRoom(found, surroundings.nodeCount, problems);
  checkNodeRange(found.nodeCidr, surroundings.reservedCidrs, problems);
  return {
    clusterDomain: checkDomain(draft, problems),
    podCidr: formatCidr(found.podCidr),
    nodePodPrefix,
    serviceCidr: formatCidr(found.serviceCidr),
    nodeCidr: formatCidr(found.nodeCidr),
    apiServiceIp: nthAddress(found.serviceCidr, 1),
    dnsServiceIp: nthAddress(found.serviceCidr, 10),
  };
}

function checkCidr(key: RangeKey, draft: Draft, problems: Problems): Cidr {
  const { standard, prefixes, owner } = ranges[key];
  const [widest, narrowest] = prefixes;
  const fallback = parseCidr(standard) as Cidr;
  const got = draft[key] ?? standard;
  const range = readRange(key, got, `write one such as ${standard}`, problems);
  if (range === null) return fallback;
  if (range.prefix < widest || range.prefix > narrowest) {
    const size = range.prefix < widest ? "too large" : "too small";
    const fix = `use a prefix from /${widest} to /${narrowest}`;
    problems.add(key, { wrong: `${size} for ${owner}`, got, fix });
    return fallback;
  }
  if (!isUsable(range)) {
    problems.add(key, {
      wrong: "holds addresses that are not for hosts",
      got,
      fix: "use a private range",
    });
    return fallback;
  }
  return range;
}

/** A range that is written by its first address; null and a problem when it is not. */
export function readRange(path: string, got: string, fix: string, problems: Problems): Cidr | null {
  const range = parseCidr(got);
  if (range === null) {
    problems.add(path, { wrong: "not an IPv4 range", got, fix });
    return null;
  }
  const right = formatCidr(range);
  if (right === got) return range;
  problems.add(path, { wrong: "not the first address of its range", got, fix: `write ${right}` });
  return null;
}

function checkOverlaps(found: Record<RangeKey, Cidr>, problems: Problems): void {
  // The CLI fills in the defaults of Pulumi.yaml, so that a default does not look different from a choice.
  const isDefault = (key: RangeKey) => formatCidr(found[key]) === ranges[key].standard;
  const named = (key: RangeKey) =>
    `${key} ${formatCidr(found[key])}${isDefault(key) ? " (its default)" : ""}`;
  const pairs = rangeKeys.flatMap((a, i) => rangeKeys.slice(i + 1).map((b) => [a, b] as const));
  // All pairs are judged before any is reported: a problem puts its keys in doubt.
  for (const [a, b] of pairs.filter((pair) => problems.areSound(...pair))) {
    if (!overlaps(found[a], found[b])) continue;
    const [at, other] = isDefault(a) ? [b, a] : [a, b];
    const wrong = `${formatCidr(found[at])} overlaps ${named(other)}`;
    problems.add(at, { wrong, fix: "choose separate ranges" });
  }
}

function checkRoom(found: Record<RangeKey, Cidr>, nodeCount: number, problems: Problems): void {
  const podRanges = subnetCount(found.podCidr, nodePodPrefix);
  if (problems.areSound("podCidr") && podRanges < nodeCount) {
    problems.add("podCidr", {
      wrong: `holds ${podRanges} ranges of /${nodePodPrefix} where ${nodeCount} nodes need one each`,
      got: formatCidr(found.podCidr),
      fix: `use /${prefixForSubnets(nodeCount, nodePodPrefix)} or larger`,
    });
  }
  const addresses = addressCount(found.nodeCidr) - reservedAddresses;
  if (problems.areSound("nodeCidr") && addresses < nodeCount) {
    problems.add("nodeCidr", {
      wrong: `has addresses for ${addresses} of ${nodeCount} nodes`,
      got: formatCidr(found.nodeCidr),
      fix: `use /${prefixForSubnets(nodeCount + reservedAddresses, 32)} or larger`,
    });
  }
}

/** @see https://docs.digitalocean.com/products/networking/vpc/concepts/plan-your-network/ */
function checkNodeRange(range: Cidr, reserved: readonly string[], problems: Problems): void {
  if (!problems.areSound("nodeCidr")) return;
  const got = formatCidr(range);
  if (!isPrivate(range)) {
    const fix = "use a range in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16";
    problems.add("nodeCidr", { wrong: "not a private range", got, fix });
    return;
  }
  const taken = reserved.find((other) => overlaps(parseCidr(other) as Cidr, range));
  if (taken === undefined) return;
  const wrong = `${got} overlaps ${taken}, which the provider keeps for itself there`;
  problems.add("nodeCidr", { wrong, fix: "choose another range, e.g. 10.100.0.0/20" });
}

function checkDomain(draft: Draft, problems: Problems): string {
  const domain = draft.clusterDomain ?? "cluster.local";
  if (!isDnsName(domain)) {
    const fix = "write lowercase DNS labels joined by dots, e.g. cluster.local";
    problems.add("clusterDomain", { wrong: "not a DNS name", got: domain, fix });
  }
  return domain;
}
