import { isDeepStrictEqual } from "node:util";
import type { Item } from "./item.ts";
import { changing, type Preview, type Step } from "./preview.ts";

/** A preview beside that of the program before the change under review. */
export interface Comparison {
  /** Whether all that a line speaks of would happen without the change too. */
  readonly isPending: (item: Item) => boolean;
  /** How many resources would change before, and do not now. */
  readonly undone: number;
}

/** Tells what was to be done anyway from what a change under review adds. */
export function comparedTo(base: Preview | undefined, preview: Preview): Comparison {
  if (base === undefined) return { isPending: () => false, undone: 0 };
  const before = new Map(changing(base).map((step) => [step.urn, step]));
  const now = changing(preview);
  const pending = new Set(
    now.filter((step) => isSame(step, before.get(step.urn))).map(({ urn }) => urn),
  );
  const changed = new Set(now.map(({ urn }) => urn));
  return {
    isPending: ({ urns }) => urns.length > 0 && urns.every((urn) => pending.has(urn)),
    undone: [...before.keys()].filter((urn) => !changed.has(urn)).length,
  };
}

function isSame(step: Step, other: Step | undefined): boolean {
  return (
    other !== undefined &&
    step.change === other.change &&
    isDeepStrictEqual(step.after?.inputs, other.after?.inputs)
  );
}
