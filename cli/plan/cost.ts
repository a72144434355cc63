import type { Machine, Size } from "./machines.ts";

/** What all machines cost, US dollars a month, list prices without tax. */
export interface Cost {
  readonly beforeUsd: number;
  readonly afterUsd: number;
  /** Sizes that our tables have no price for: they count as 0. */
  readonly unknownSizes: readonly string[];
}

/** The cost before and after; null when no machine is rented. */
export function costOf(machines: readonly Machine[]): Cost | null {
  const rented = machines.filter(({ isRented }) => isRented);
  if (rented.length === 0) return null;
  const sum = (sizes: readonly (Size | null)[]) =>
    sizes.reduce((cents, size) => cents + Math.round((size?.monthlyUsd ?? 0) * 100), 0) / 100;
  const unknown = rented
    .flatMap(({ before, after }) => [before, after])
    .filter((size) => size !== null && size.monthlyUsd === null);
  return {
    beforeUsd: sum(rented.map(({ before }) => before)),
    afterUsd: sum(rented.map(({ after }) => after)),
    unknownSizes: [...new Set(unknown.map((size) => size?.slug ?? ""))],
  };
}
