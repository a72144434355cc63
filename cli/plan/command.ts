import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { attemptPulumi } from "../lib/pulumi.ts";
import { readFlags, requiredStack } from "../lib/usage.ts";
import { withBase } from "./base.ts";
import { parsePreview, type Preview } from "./preview.ts";
import { type Report, reportOf, type ReportArgs } from "./report.ts";
import { scrub } from "../lib/secrets.ts";

export const usage = `usage: npm run plan -- --stack NAME [--base REF] [--out FILE] [--allow-destroy]
                        [--preview FILE] [--base-preview FILE]
  --stack NAME         the stack; $PULUMI_STACK otherwise
  --base REF           mark what would be done without the changes since this commit, e.g. origin/main
  --out FILE           write the report there instead of printing it
  --allow-destroy      exit with 0 although machines or data would be destroyed
  --preview FILE       read what pulumi preview --json --show-sames printed, instead of running it
  --base-preview FILE  the same for --base
exit code: 0 nothing is destroyed, 2 data would be, 3 machines would be but no data, 1 the plan failed`;

export interface PlanCommand {
  readonly stack: string;
  readonly base: string | undefined;
  readonly previewFile: string | undefined;
  readonly basePreviewFile: string | undefined;
  readonly out: string | undefined;
  readonly allowDestroy: boolean;
}

/** @throws UsageError naming the argument and what to write */
export function parsePlanCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): PlanCommand {
  const flags = readFlags(argv, {
    values: ["stack", "base", "preview", "base-preview", "out"],
    switches: ["allow-destroy"],
  });
  return {
    stack: requiredStack(flags.stack, env),
    base: flags.base,
    previewFile: flags.preview,
    basePreviewFile: flags["base-preview"],
    out: flags.out,
    allowDestroy: flags["allow-destroy"] === true,
  };
}

/** Where the command was started: files are relative to it, and the program is in the project. */
export interface Directories {
  readonly project: string;
  readonly caller: string;
}

/** Makes the report, prints or writes it, and says on stderr what it comes to. */
export async function plan(
  command: PlanCommand,
  { project, caller }: Directories,
): Promise<number> {
  const { stack, out, previewFile } = command;
  const preview =
    previewFile === undefined
      ? await previewOf(project, stack)
      : parsePreview(await readFile(resolve(caller, previewFile), "utf8"));
  const base = await basePreview(command, { project, caller });
  const report = reportOf({ stack, preview, base });
  const markdown = scrub(report.markdown, process.env);
  if (out === undefined) console.log(markdown);
  else await writeFile(resolve(caller, out), markdown);
  const verdict = verdicts[report.verdict];
  console.error(`plan of ${stack}: ${verdict.text}`);
  return command.allowDestroy && report.verdict !== "fails" ? 0 : verdict.exitCode;
}

const verdicts: Readonly<
  Record<Report["verdict"], { readonly exitCode: number; readonly text: string }>
> = {
  safe: { exitCode: 0, text: "nothing is destroyed" },
  "loses-data": { exitCode: 2, text: "data would be destroyed" },
  "loses-machines": { exitCode: 3, text: "machines would be destroyed, but no data" },
  fails: { exitCode: 1, text: "the preview fails" },
};

/** Runs a preview of the program in a directory. A program that fails gives a preview with errors. */
async function previewOf(dir: string, stack: string): Promise<Preview> {
  const args = ["preview", "--json", "--show-sames", "--non-interactive", "--stack", stack];
  const { code, stdout, stderr } = await attemptPulumi(dir, args);
  // Before there is a preview, errors are plain text.
  if (!stdout.trimStart().startsWith("{")) {
    const said = (stderr.trim() || stdout.trim()).slice(-2000);
    throw new Error(`pulumi preview: exit code ${code}\n${said}`);
  }
  const preview = parsePreview(stdout);
  if (code === 0 || preview.errors.length > 0) return preview;
  return { ...preview, errors: [`pulumi preview: exit code ${code}`] };
}

async function basePreview(
  { stack, base, basePreviewFile }: PlanCommand,
  { project, caller }: Directories,
): Promise<ReportArgs["base"]> {
  const name = base ?? "the base";
  if (basePreviewFile !== undefined) {
    return {
      name,
      preview: parsePreview(await readFile(resolve(caller, basePreviewFile), "utf8")),
    };
  }
  if (base === undefined) return null;
  const preview = await withBase(project, base, stack, (dir) => previewOf(dir, stack));
  if (preview === null) {
    console.error(`plan of ${stack}: ${base} has no such stack; nothing is marked as pending`);
    return null;
  }
  if (preview.errors.length > 0) {
    console.error(`plan of ${stack}: the preview of ${base} fails; nothing is marked as pending`);
    return null;
  }
  return { name: base, preview };
}
