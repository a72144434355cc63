import { exec } from "../lib/exec.ts";
import { programPath } from "../lib/host-programs.ts";
import { missingHostFeatures } from "../machines/host.ts";

/** What a check of this host found. */
export interface HostFacts {
  readonly isLinux: boolean;
  /** `go version`'s "go1.26.8"; null when there is no Go. */
  readonly goVersion: string | null;
  readonly hasAptGet: boolean;
  /** Lines of `missingHostFeatures`. */
  readonly missingFeatures: readonly string[];
}

/** Oldest Go that fetches the toolchain a wrapper module names. */
const oldestGo = [1, 21] as const;

/**
 * Everything this host lacks for a lab, each with what to do; empty when `npm run up` can begin.
 * Changes nothing.
 */
export async function preflight(): Promise<readonly string[]> {
  const isLinux = process.platform === "linux";
  return hostProblems({
    isLinux,
    goVersion: await goVersion(),
    hasAptGet: programPath("apt-get") !== undefined,
    missingFeatures: isLinux ? await missingHostFeatures() : [],
  });
}

/** The problems in what was found. */
export function hostProblems(facts: HostFacts): readonly string[] {
  if (!facts.isLinux) {
    return [
      `system: the lab needs Linux, got ${process.platform}; use a Linux machine or a virtual one`,
    ];
  }
  return [
    ...facts.missingFeatures,
    ...(facts.hasAptGet
      ? []
      : ["apt-get: not found; the lab needs a Debian or Ubuntu machine, for its packages"]),
    ...goProblem(facts.goVersion),
  ];
}

/** The text of a failed preflight. */
export function preflightMessage(problems: readonly string[]): string {
  const count = problems.length === 1 ? "1 thing is" : `${problems.length} things are`;
  const lines = problems.map((problem) => `  ${problem}`).join("\n");
  return `${count} missing for a lab on this machine, nothing was changed:\n${lines}`;
}

function goProblem(version: string | null): readonly string[] {
  const advice = `install Go ${oldestGo.join(".")} or newer from https://go.dev/dl and put it on PATH`;
  if (version === null) return [`go: not found; ${advice}`];
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  const isOld = Number(major) === oldestGo[0] && Number(minor) < oldestGo[1];
  return isOld ? [`go: too old, got ${version}; ${advice}`] : [];
}

async function goVersion(): Promise<string | null> {
  try {
    const { stdout } = await exec("go", ["version"]);
    return stdout.split(" ")[2] ?? null;
  } catch {
    return null;
  }
}
