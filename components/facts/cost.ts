interface Group {
  readonly nodes: readonly {
    readonly name: string;
    readonly size: { readonly slug: string; readonly monthlyUsd: number | null };
  }[];
}

/** What a cluster costs and what that is made of; US dollars a month, list prices without tax. */
export interface MonthlyCost {
  /** The sum of all prices that are known: what it costs at least when a part has none. */
  readonly totalUsd: number;
  /** One per node, in the order of the config. */
  readonly parts: readonly CostPart[];
}

/** One node's share of the cost. */
export interface CostPart {
  readonly name: string;
  readonly size: string;
  /** Null when the price of the size is not known. */
  readonly monthlyUsd: number | null;
}

/**
 * The monthly cost of all machines. VPC, firewall, SSH key and tag cost nothing, nor does a reserved address in use.
 * A machine whose price is not known adds nothing to the total; its part says so.
 */
export function monthlyCost(spec: {
  readonly controlPlane: Group;
  readonly workers: Group;
}): MonthlyCost {
  const parts = [...spec.controlPlane.nodes, ...spec.workers.nodes].map(({ name, size }) => ({
    name,
    size: size.slug,
    monthlyUsd: size.monthlyUsd,
  }));
  const cents = parts.reduce((sum, { monthlyUsd }) => sum + Math.round((monthlyUsd ?? 0) * 100), 0);
  return { totalUsd: cents / 100, parts };
}

/** The total of `monthlyCost`. */
export function monthlyCostUsd(spec: Parameters<typeof monthlyCost>[0]): number {
  return monthlyCost(spec).totalUsd;
}
