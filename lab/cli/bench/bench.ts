import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { copyCheckout } from "../../lib/checkout.ts";
import { exec } from "../../lib/exec.ts";
import { projectDir } from "../../lib/paths.ts";
import { withoutForeign } from "../environment.ts";
import { runInPlace } from "../run.ts";

/** Name of the lab that is measured; `dev` is never touched, but shares the machine: stop it for good figures. */
const labName = "bench";

/**
 * Measures a whole life of a cluster, prints a table and writes .hardway/bench.json.
 *
 * It works on a copy of the checkout, because it edits the stack's config.
 * @param rest.idleSeconds - how long the cluster rests before its memory is looked at
 * @param rest.soakSeconds - how long it is then under load; 0: not at all
 * @returns exit code
 */
export async function bench(rest: {
  readonly idleSeconds: number;
  readonly soakSeconds: number;
}): Promise<number> {
  const copy = await mkdtemp(join(tmpdir(), "hardway-bench-"));
  try {
    await copyCheckout(copy);
    await noteCommit(copy);
    const figures = join(projectDir, ".hardway", "bench.json");
    await mkdir(dirname(figures), { recursive: true });
    const script = join(copy, "lab", "cli", "bench", "measure.ts");
    const seconds = [rest.idleSeconds, rest.soakSeconds].map(String);
    return await runInPlace([process.execPath, script, ...seconds, figures], {
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
