import { existsSync } from "node:fs";
import { join } from "node:path";
import { ownProgram } from "../lib/host-programs.ts";
import { labNamed, projectDir } from "../lib/paths.ts";
import { runPhases } from "../lib/progress.ts";
import { buildTool } from "../tools/build.ts";
import { down } from "./down.ts";
import { withoutForeign } from "./environment.ts";
import { preflight, preflightMessage } from "./preflight.ts";
import { runInPlace } from "./run.ts";
import { startLab } from "./up.ts";
import { withLabLock } from "./with-lab-lock.ts";

/** Name of the lab that the e2e tests make and take down; `dev` is never touched. */
const labName = "e2e";

export interface E2eOptions {
  /** Those too that CI has no time for, see test/e2e/support/all.ts. */
  readonly all: boolean;
  /** Go to vitest. */
  readonly args: readonly string[];
}

/**
 * Runs the e2e tests in a lab of their own and takes it down, whatever they did.
 * @returns vitest's exit code; 1 when the lab could not be taken down
 */
export async function e2e({ all, args }: E2eOptions): Promise<number> {
  const lab = labNamed(labName);
  const problems = await preflight();
  if (problems.length > 0) {
    console.error(preflightMessage(problems));
    return 1;
  }
  // what a cluster is upgraded to; CI has no time to build it
  if (all) process.env["HARDWAY_KUBERNETES"] = "next";
  // On a new machine this builds for half an hour: here, with progress, and not within the time limit of a test.
  await withLabLock(lab, () => startLab(lab));
  await runPhases([
    {
      title: "test programs",
      run: async ({ report }) => {
        await buildTool("conformance", report);
      },
    },
  ]);
  const vitest = ownProgram(join(projectDir, "node_modules", ".bin", "vitest"));
  const env = {
    ...withoutForeign(process.env),
    HARDWAY_LAB: labName,
    HARDWAY_E2E: all ? "all" : "",
  };
  const code = await runInPlace(
    [vitest, "run", "--project", "e2e", "--reporter=verbose", ...args],
    {
      env,
      cwd: projectDir,
    },
  );
  // vitest's own summary stays the last thing printed: this says only what could not be removed
  const left = existsSync(lab.stateDir) ? await down(lab, { all: false, silent: true }) : 0;
  return code === 0 ? left : code;
}
