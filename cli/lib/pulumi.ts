import { run, runWell, type Outcome } from "./run.ts";

/** Not what a newer version of the CLI has to say. */
const env = { PULUMI_SKIP_UPDATE_CHECK: "1" };

/**
 * Runs the user's Pulumi CLI where the program is.
 * @throws Error when it fails; what it printed is in the message
 */
export function pulumi(dir: string, args: readonly string[]): Promise<string> {
  return runWell("pulumi", args, { cwd: dir, env });
}

/** As `pulumi`, and lets it fail. */
export function attemptPulumi(dir: string, args: readonly string[]): Promise<Outcome> {
  return run("pulumi", args, { cwd: dir, env });
}
