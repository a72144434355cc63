import type { Generations } from "../facts/keys.ts";

/** What a generation's resources are called: the first as the thing itself, the nth `<name>-<n>`. */
export function generationName(name: string, generation: number): string {
  return generation === 1 ? name : `${name}-${generation}`;
}

/**
 * One thing for each kept generation, the oldest first, and which of them is in use.
 * @throws Error when the one in use is not kept
 */
export function ofGenerations<T>(
  name: string,
  { kept, inUse }: Generations,
  make: (name: string, generation: number) => T,
): { readonly all: readonly T[]; readonly inUse: T } {
  const all = kept.map((generation) => make(generationName(name, generation), generation));
  const used = all[kept.indexOf(inUse)];
  if (used === undefined) {
    throw new Error(`${name}: generation ${inUse} is in use but not kept, got ${kept.join(", ")}`);
  }
  return { all, inUse: used };
}
