import { expect, test } from "vitest";
import type { ConfigError } from "../../components/config/problems.ts";
import { Problems } from "../../components/config/problems.ts";
import { checkVersionChange } from "../../components/config/version.ts";
import { foundationOf } from "../../components/facts/foundation.ts";
import { configOf, minimal } from "../support/stack.ts";

function refusals(built: string | undefined, wanted: string, isWritten = true) {
  const problems = new Problems();
  checkVersionChange(built, { wanted, isWritten }, problems);
  try {
    problems.throwIfAny("dev");
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

test.each([
  ["the same", "1.36.4", "1.36.4"],
  ["a newer patch", "1.36.4", "1.36.10"],
  ["any, of a cluster whose version was never noted", undefined, "1.37.1"],
])("a cluster that exists takes %s", (_what, built, wanted) => {
  expect(refusals(built, wanted)).toEqual([]);
});

test.each([
  ["1.36.4", "1.37.1"],
  ["1.35.7", "1.37.1"],
  ["1.36.4", "1.35.7"],
  ["1.36.4", "2.36.5"],
])("a cluster that exists does not go from %s to %s", (built, wanted) => {
  const minor = built.replace(/\.\d+$/, "");
  expect(refusals(built, wanted)).toEqual([
    `kubernetes.version: another minor version than the cluster has (${built}), which cannot change in place yet, ` +
      `got "${wanted}"; write "${built}" or a newer ${minor}`,
  ]);
});

test("a cluster that exists does not go back", () => {
  expect(refusals("1.36.10", "1.36.4")).toEqual([
    'kubernetes.version: an older version than the cluster has (1.36.10), got "1.36.4"; write "1.36.10" or a newer 1.36',
  ]);
});

test("a new default of the lock moves no cluster by itself, and is offered where it may be taken", () => {
  expect(refusals("1.36.4", "1.36.4", false)).toEqual([]);
  expect(refusals("1.36.4", "1.36.5", false)).toEqual([
    "kubernetes.version: missing: the cluster has 1.36.4, and the artifact lock's default is 1.36.5 now; " +
      'write "1.36.4" to stay, or "1.36.5" to move',
  ]);
  expect(refusals("1.36.4", "1.37.1", false)).toEqual([
    "kubernetes.version: missing: the cluster has 1.36.4, and the artifact lock's default is 1.37.1 now; " +
      'write "1.36.4" to stay',
  ]);
});

test("the version is in the state, and whether somebody wrote it is known", () => {
  const config = configOf({ ...minimal, kubernetes: { version: "1.37.1" } });
  expect(foundationOf(config.spec).kubernetes).toBe("1.37.1");
  expect(config.isVersionWritten).toBe(true);
  expect(configOf(minimal).isVersionWritten).toBe(false);
});
