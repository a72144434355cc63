import { setTimeout as sleep } from "node:timers/promises";

const firstDelayMs = 100;
const factor = 1.5;
const maxDelayMs = 5_000;

/**
 * Dials until it works, as the official provider does: any error counts, refused logins too.
 * @param limit - failed dials after which to give up; -1: never
 * @param onRetry - gets the number of failed dials and the limit as text
 * @throws Error `after N failed attempts: …`, or the signal's reason
 * @see https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/util/retry/until.go
 */
export async function dialWithRetry<T>(
  dial: () => Promise<T>,
  limit: number,
  signal: AbortSignal,
  onRetry: (failed: number, limit: string) => void,
): Promise<T> {
  for (let failed = 1, delay = firstDelayMs; ; failed++) {
    try {
      return await dial();
    } catch (error) {
      signal.throwIfAborted();
      if (limit > -1 && failed > limit) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`after ${failed - 1} failed attempts: ${reason}`, { cause: error });
      }
    }
    onRetry(failed, limit === -1 ? "inf" : String(limit));
    await sleep(delay, undefined, { signal });
    delay = Math.min(delay * factor, maxDelayMs);
  }
}
