import { distance } from "fastest-levenshtein";

/**
 * The candidate that was probably meant, or null when none is near enough. Two letters in
 * the wrong order count as two wrong letters; about one in three may be wrong.
 * @param word - what was written; case does not count
 */
export function closest(word: string, candidates: readonly string[]): string | null {
  const near = candidates
    .map((candidate) => ({
      candidate,
      steps: distance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ candidate: { length }, steps }) => steps <= Math.max(length < 4 ? 1 : 2, length / 3))
    .sort((a, b) => a.steps - b.steps);
  return near[0]?.candidate ?? null;
}

/** What to write instead of an unknown word: `did you mean "x"?`, or the whole list. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const found = closest(word, candidates);
  return found === null ? `use one of ${candidates.join(", ")}` : `did you mean "${found}"?`;
}
