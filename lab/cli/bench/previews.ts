import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectDir } from "../../lib/paths.ts";
import { execInLab, type Session } from "../session.ts";

/** How long `pulumi preview` takes, in seconds. */
export interface PreviewFigures {
  /** Of the whole stack, with nothing to do. */
  readonly unchanged: number;
  /** Of a program without resources: what the same CLI takes on this machine, whatever the program. */
  readonly emptyProgram: number;
}

/** Often enough that one of them was not disturbed. */
const rounds = 3;

/** Measures both in turn, so that both have the same machine, and takes the best of each. */
export async function comparePreviews(session: Session): Promise<PreviewFigures> {
  const empty = await makeEmptyProgram(session);
  const unchanged: number[] = [];
  const emptyProgram: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    emptyProgram.push(await secondsOf(session, ["--stack=empty"], empty));
    unchanged.push(await secondsOf(session, ["--expect-no-changes"], projectDir));
  }
  return { unchanged: Math.min(...unchanged), emptyProgram: Math.min(...emptyProgram) };
}

/** A project beside ours, which finds our packages. */
async function makeEmptyProgram(session: Session): Promise<string> {
  const dir = join(projectDir, ".hardway", "empty-program");
  await mkdir(dir, { recursive: true });
  await writeFile(
    join(dir, "Pulumi.yaml"),
    "name: empty\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
  );
  await writeFile(join(dir, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(dir, "index.ts"), "export {};\n");
  await execInLab(session, ["pulumi", "stack", "init", "empty", "--no-select"], { cwd: dir });
  return dir;
}

async function secondsOf(
  session: Session,
  options: readonly string[],
  cwd: string,
): Promise<number> {
  const started = performance.now();
  await execInLab(session, ["pulumi", "preview", "--non-interactive", ...options], { cwd });
  return (performance.now() - started) / 1000;
}
