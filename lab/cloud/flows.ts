import { contains, firstOf, overlap, sizeOf, type Range } from "./addresses.ts";
import type { FirewallRule, Verdict } from "./model.ts";

/** Packets of one protocol, to a range of ports, from or to a range of addresses. */
export interface Flow {
  readonly protocol: FirewallRule["protocol"];
  /** First and last; all of them for protocols that have none. */
  readonly ports: readonly [number, number];
  readonly range: Range;
}

export interface JudgedFlow extends Flow {
  readonly verdict: Verdict;
}

export const allPorts: Flow["ports"] = [0, 65_535];

const everything: readonly Flow[] = (["tcp", "udp", "icmp"] as const).map((protocol) => ({
  protocol,
  ports: allPorts,
  range: { base: 0, prefix: 0 },
}));

/**
 * What rules let through, as flows that all may pass, so that their order no longer matters.
 * @param rules - the first that fits decides
 * @param otherwise - decides when none fits
 */
export function allowedFlows(rules: readonly JudgedFlow[], otherwise: Verdict): Flow[] {
  const dropped: Flow[] = [];
  const allowed: Flow[] = [];
  for (const rule of rules) {
    if (rule.verdict === "drop") dropped.push(rule);
    else allowed.push(...without([rule], dropped));
  }
  if (otherwise === "accept") allowed.push(...without(everything, dropped));
  return allowed;
}

function without(flows: readonly Flow[], dropped: readonly Flow[]): readonly Flow[] {
  return dropped.reduce((left, drop) => left.flatMap((flow) => cut(flow, drop)), flows);
}

/** The part of a flow that is not in the other one. */
function cut(flow: Flow, drop: Flow): Flow[] {
  const [first, last] = flow.ports;
  const [from, to] = drop.ports;
  const apart = flow.protocol !== drop.protocol || from > last || to < first;
  if (apart || !overlap(flow.range, drop.range)) return [flow];
  // of two ranges that overlap, one contains the other
  const both = contains(drop.range, flow.range) ? flow.range : drop.range;
  const ports: Flow["ports"][] = [];
  if (first < from) ports.push([first, from - 1]);
  if (to < last) ports.push([to + 1, last]);
  return [
    ...rangeWithout(flow.range, both).map((range) => ({ ...flow, range })),
    ...ports.map((rest) => ({ ...flow, ports: rest, range: both })),
  ];
}

/** A range without a part of it: the other half, the other quarter and so on. */
function rangeWithout(range: Range, part: Range): Range[] {
  if (range.prefix >= part.prefix) return [];
  const low: Range = { base: firstOf(range), prefix: range.prefix + 1 };
  const high: Range = { base: firstOf(range) + sizeOf(low), prefix: low.prefix };
  return contains(low, part)
    ? [high, ...rangeWithout(low, part)]
    : [low, ...rangeWithout(high, part)];
}
