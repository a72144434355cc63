interface Group {
  readonly nodes: readonly {
    readonly name: string;
    readonly size: { readonly slug: string; readonly monthlyUsd: number | null };
  }[];
}

/** What a cluster costs and what that is made of; US dollars a month, list prices without tax. */
export interface MonthlyCost {
  readonly totalUsd: number;
  /** One per node, in the order of the config. */
  readonly parts: readonly CostPart[];
}

/** One node's share of the cost. */
export interface CostPart {
  readonly name: string;
  readonly size: string;
  readonly monthlyUsd: number;
}

/**
 * The monthly cost of all machines. VPC, firewall, SSH key and tag cost nothing.
 * A machine whose price is not known counts as 0.
 */
export function monthlyCost(spec: {
  readonly controlPlane: Group;
  readonly workers: Group;
}): MonthlyCost {
  const parts = [...spec.controlPlane.nodes, ...spec.workers.nodes].map(({ name, size }) => ({
    name,
    size: size.slug,
    monthlyUsd: size.monthlyUsd ?? 0,
  }));
  const cents = parts.reduce((sum, { monthlyUsd }) => sum + Math.round(monthlyUsd * 100), 0);
  return { totalUsd: cents / 100, parts };
}

/** The total of `monthlyCost`. */
export function monthlyCostUsd(spec: Parameters<typeof monthlyCost>[0]): number {
  return monthlyCost(spec).totalUsd;
}
