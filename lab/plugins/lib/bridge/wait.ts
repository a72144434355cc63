import { setTimeout as delay } from "node:timers/promises";

/** A state to wait for, in the manner of Terraform's `StateChangeConf`. */
export interface Awaited {
  readonly target: string;
  /** Any other state than these and the target is an error at once. */
  readonly pending: readonly string[];
  readonly timeoutSeconds: number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** Looks in a row that may find nothing at all. */
const notFoundChecks = 120;

/**
 * Looks until the state is the target.
 * @param look - the state; "hidden": there is something, its state does not count now; null: there is nothing
 * @throws Error in Terraform's words
 */
export async function waitForState(
  look: () => Promise<string | null>,
  { target, pending, timeoutSeconds, pollMs, signal }: Awaited,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let missed = 0;
  let last = "";
  for (;;) {
    signal.throwIfAborted();
    const state = await look();
    if (state === target) return;
    if (state === null) {
      if (++missed > notFoundChecks) throw new Error(`couldn't find resource (${missed} retries)`);
    } else {
      missed = 0;
      if (state !== "hidden") {
        last = state;
        if (!pending.includes(state)) throw unexpected(state, target);
      }
    }
    if (Date.now() >= deadline) throw timedOut(target, last, timeoutSeconds);
    await delay(pollMs, undefined, { signal });
  }
}

/** The last error is Go's print of none. */
function unexpected(state: string, target: string): Error {
  return new Error(
    `unexpected state '${state}', wanted target '${target}'. last error: %!s(<nil>)`,
  );
}

function timedOut(target: string, last: string, timeoutSeconds: number): Error {
  const seen = last === "" ? "" : `last state: '${last}', `;
  return new Error(
    `timeout while waiting for state to become '${target}' (${seen}timeout: ${goDuration(timeoutSeconds)})`,
  );
}

/** As Go prints a duration: `1h0m0s`, `2m0s`, `45s`. */
export function goDuration(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return `${h}h${m}m${s}s`;
  return m > 0 ? `${m}m${s}s` : `${s}s`;
}
