import { PhaseError } from "../lib/phase.ts";
import type { Command } from "./arguments.ts";

/** What to type after a command failed; a message says itself what to mend. */
const next: Partial<Record<Command["name"], string>> = {
  up: "npm run up goes on where it was; npm run down takes it all down",
  setup: "npm run lab -- setup goes on where it was",
  down: "npm run down goes on where it was",
};

/**
 * What a reader needs of a command that failed: which step of it, why, what to type next, and where all is written.
 * @param log - of this run; null: it has none
 */
export function failureText(command: Command["name"], error: unknown, log: string | null): string {
  const why = error instanceof Error ? error.message : String(error);
  if (!(error instanceof PhaseError)) return why;
  const advice = next[command];
  return [
    why,
    "",
    ...(advice === undefined ? [] : [`Next: mend that, then ${advice}.`]),
    ...(log === null ? [] : [`The whole log: ${log}`]),
  ].join("\n");
}
