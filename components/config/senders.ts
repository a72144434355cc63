import { contains, formatCidr, parseCidr, parseIpv4, type Cidr } from "../lib/cidr.ts";
import type { NetworkSpec } from "../spec.ts";
import { rangeKeys, readRange } from "./network.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";

const example = "203.0.113.7/32";

/** The ranges that may reach SSH and the API server. None on existing hosts. */
export function checkOperators(draft: Draft, network: NetworkSpec, problems: Problems): string[] {
  // The firewall of existing hosts is their owner's, who may well share a network with them.
  if (draft.provider === "existing") return [];
  const given = draft.operatorCidrs ?? [];
  if (given.length === 0 && problems.areSound("operatorCidrs")) {
    const wrong = "missing: nobody could reach SSH and the API server";
    problems.add("operatorCidrs", {
      wrong,
      fix: `write the IPv4 ranges you log in from, e.g. [${example}]`,
    });
  }
  const seen = new Set<string>();
  given.forEach((got, index) => {
    const path = `operatorCidrs[${index}]`;
    if (got === undefined) return;
    const range = checkOutside(path, got, network, problems);
    if (range === null) return;
    if (seen.has(got)) problems.add(path, { wrong: "listed twice", got, fix: "list it once" });
    seen.add(got);
  });
  return [...seen];
}

/**
 * A range of senders outside of the cluster; null and a problem when it is none. It must not lie in one of the cluster's
 * own: an answer to such an address would never leave the machine for the sender.
 * @param insteadOf - what to write for a range of the cluster, where there is a word for it
 */
export function checkOutside(
  path: string,
  got: string,
  network: NetworkSpec,
  problems: Problems,
  insteadOf: Partial<Record<(typeof rangeKeys)[number], string>> = {},
): Cidr | null {
  const fix = parseIpv4(got) === null ? `write one such as ${example}` : `write ${got}/32`;
  const range = readRange(path, got, fix, problems);
  if (range === null) return null;
  for (const key of rangeKeys) {
    if (!problems.areSound(key)) continue;
    if (!contains(parseCidr(network[key]) as Cidr, range)) continue;
    problems.add(path, {
      wrong: `${formatCidr(range)} lies in ${key} ${network[key]}`,
      fix:
        insteadOf[key] ??
        "write the address that the machines see, or choose another range for the cluster",
    });
    return null;
  }
  return range;
}
