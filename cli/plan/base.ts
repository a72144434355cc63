import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { run, runWell } from "../lib/run.ts";

/**
 * Gives `use` a directory with the program as a git ref has it, ready to run, and takes it away again. The checkout itself
 * stays as it is.
 * @param ref - a branch, tag or commit, e.g. `origin/main`
 * @returns what `use` returns; null when the ref has no config of this stack, because the stack is new
 */
export async function withBase<T>(
  projectDir: string,
  ref: string,
  stack: string,
  use: (dir: string) => Promise<T>,
): Promise<T | null> {
  const git = (...args: readonly string[]) => runWell("git", args, { cwd: projectDir });
  const commit = (
    await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`).catch(
      () => {
        throw new Error(
          `--base: no such commit, got ${JSON.stringify(ref)}; fetch it first, or write a branch`,
        );
      },
    )
  ).trim();
  const parent = await mkdtemp(join(tmpdir(), "hardway-plan-"));
  const dir = join(parent, "base");
  try {
    await git("worktree", "add", "--quiet", "--detach", dir, commit);
    const isThere = await bringLocalFiles(projectDir, dir, stackFile(stack));
    if (!isThere) return null;
    await bringPackages(projectDir, dir);
    return await use(dir);
  } finally {
    await rm(parent, { recursive: true, force: true });
    await git("worktree", "prune");
  }
}

/** Name of a stack's config file: the stack's own name, without its organisation. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`;
}

/**
 * Copies what the program reads but git does not have: a stack's config that is kept out of it, and files which that names.
 * @returns whether the stack has a config there
 */
async function bringLocalFiles(from: string, to: string, config: string): Promise<boolean> {
  if (!existsSync(join(to, config))) {
    const tracked = await run("git", ["ls-files", "--error-unmatch", config], { cwd: from });
    if (tracked.code === 0 || !existsSync(join(from, config))) return false;
    await cp(join(from, config), join(to, config));
  }
  const document: unknown = parse(await readFile(join(to, config), "utf8"));
  for (const path of textsIn(document)) {
    if (path === "" || isAbsolute(path) || path.split("/").includes("..")) continue;
    if (existsSync(join(to, path)) || !existsSync(join(from, path))) continue;
    await mkdir(dirname(join(to, path)), { recursive: true });
    await cp(join(from, path), join(to, path), { recursive: true });
  }
  return true;
}

/** The same packages when the lock file is the same: linked, for a symbolic link changes how Node.js finds some of them. */
async function bringPackages(from: string, to: string): Promise<void> {
  const [own, other] = await Promise.all(
    [from, to].map((dir) => readFile(join(dir, "package-lock.json"), "utf8").catch(() => "")),
  );
  if (own !== other) {
    await runWell("npm", ["ci", "--no-audit", "--no-fund"], { cwd: to });
    return;
  }
  const packages = [join(from, "node_modules"), join(to, "node_modules")];
  const linked = await run("cp", ["-al", ...packages], { cwd: to });
  if (linked.code !== 0) await runWell("cp", ["-a", "-f", ...packages], { cwd: to }); // another file system
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
