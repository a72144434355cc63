import type { Problems } from "./problems.ts";

/** Reports a number outside of a range, both ends included. */
export function checkRange(
  path: string,
  got: number,
  [least, most]: readonly [number, number],
  problems: Problems,
): void {
  if (got >= least && got <= most) return;
  const fix = `use a number from ${least} to ${most}`;
  problems.add(path, { wrong: got < least ? "too small" : "too large", got, fix });
}
