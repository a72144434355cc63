import { describe, it } from "vitest";

/**
 * Runs suites only with `npm run e2e -- --all`, which CI has no time for: the whole of `.ci/run` is to stay under 70 minutes.
 * @param reason - why a run without them still proves what it is there for
 */
export function onlyWithAll(reason: string, suites: () => void): void {
  if (process.env["HARDWAY_E2E"] === "all") suites();
  else {
    describe(`only with --all: ${reason}`, () => {
      it.skip("left out", () => undefined);
    });
  }
}
