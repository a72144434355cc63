import { expect, test } from "vitest";
import { checkConfig, ConfigError, type ClusterConfig } from "../../components/config.ts";
import { readAsset, readProjectFile } from "../../components/lib/assets.ts";

/** Values of a stack by key; a key without namespace is one of ours. */
export type StackValues = Readonly<Record<string, unknown>>;

/** The least that a stack must say. */
export const minimal: StackValues = { operatorCidrs: ["203.0.113.7/32"] };

/** The config of a stack named dev that says this, read as `readConfig` does. */
export function configOf(values: StackValues, files: Record<string, string> = {}): ClusterConfig {
  return checkConfig({
    project: "hardway",
    stack: "dev",
    values: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key.includes(":") ? key : `hardway:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    secret: () => undefined,
    readText: (path) => files[path] ?? readProjectFile(path),
  });
}

/** The problems of a stack that says this and `minimal`; empty when there are none. */
export function problemsOf(values: StackValues, files?: Record<string, string>): readonly string[] {
  try {
    configOf({ ...minimal, ...values }, files);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** The text of assets/versions.json after a change. */
export function changedLock(change: (lock: LockShape) => void): string {
  const lock = JSON.parse(readAsset("versions.json")) as LockShape;
  change(lock);
  return JSON.stringify(lock);
}

/** As much of a lock as tests change. */
export interface LockShape {
  defaults: Record<string, string>;
  files: { name: string; version: string; url: string; sha256: Record<string, string> }[];
  images: { name: string; version: string; image: string; digest?: string }[];
}

/** Each row: what a stack says besides `minimal`, and every problem there is with it. */
export type Row = readonly [what: string, values: StackValues, problems: readonly string[]];

/** One test per row: these problems and no others. */
export function failsWith(rows: readonly Row[]): void {
  test.each(rows)("fails on %s", (_what, values, problems) => {
    expect(problemsOf(values)).toEqual(problems);
  });
}
