import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { copyCheckout } from "../../lib/checkout.ts";
import { exec } from "../../lib/exec.ts";
import { node } from "../../lib/host-programs.ts";
import { projectDir } from "../../lib/paths.ts";
import { withoutForeign } from "../environment.ts";
import { runInPlace } from "../run.ts";

/** Name of the lab that is measured; `dev` is never touched, but shares the machine: stop it for good figures. */
const labName = "bench";

export interface BenchOptions {
  /** How long the cluster rests before its memory is looked at. */
  readonly idleSeconds: number;
  /** How long it is then under load; 0: not at all. */
  readonly soakSeconds: number;
  /** Control-plane machines; with several, what a client notices when one goes is measured too. */
  readonly masters: number;
}

/**
 * Measures a whole life of a cluster, prints a table and writes .hardway/bench.json.
 *
 * It works on a copy of the checkout, because it edits the stack's config.
 * @returns exit code
 */
export async function bench(options: BenchOptions): Promise<number> {
  const copy = await mkdtemp(join(tmpdir(), "hardway-bench-"));
  try {
    await copyCheckout(copy);
    await noteCommit(copy);
    const figures = join(projectDir, ".hardway", "bench.json");
    await mkdir(dirname(figures), { recursive: true });
    const script = join(copy, "lab", "cli", "bench", "measure.ts");
    const { idleSeconds, soakSeconds, masters } = options;
    const numbers = [idleSeconds, soakSeconds, masters].map(String);
    return await runInPlace([node, script, ...numbers, figures], {
      env: { ...withoutForeign(process.env), HARDWAY_LAB: labName },
      cwd: copy,
    });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Notes in a copy which commit it is of. */
async function noteCommit(copy: string): Promise<void> {
  const commit = await exec("git", ["describe", "--always", "--dirty"], { cwd: projectDir });
  await writeFile(join(copy, ".bench-commit"), commit.stdout.trim());
}
