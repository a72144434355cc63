import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Lab, projectDir } from "../lib/paths.ts";
import { asOperator } from "./environment.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { runInPlace } from "./run.ts";
import { openLab, type Session } from "./session.ts";

/** The pinned Pulumi CLI on the lab's stack. */
export async function pulumi(lab: Lab, args: readonly string[]): Promise<number> {
  return runInLab(await openLab(lab), ["pulumi", ...args]);
}

/** The pinned kubectl as cluster admin. */
export async function kubectl(lab: Lab, args: readonly string[]): Promise<number> {
  const session = await openLab(lab);
  await kubeconfigOf(session).catch((error: unknown) => {
    // not an end: `kubectl explain --help` and the like need no cluster
    console.error(error instanceof Error ? error.message : error);
  });
  return runInLab(session, ["kubectl", ...args]);
}

/** Any command inside the lab's network, with kubectl and pulumi on PATH. */
export async function execInside(lab: Lab, command: readonly string[]): Promise<number> {
  return runInLab(await openWithKubeconfig(lab), command);
}

/** The user's shell inside the lab's network; its prompt says so. */
export async function shell(lab: Lab): Promise<number> {
  const session = await openWithKubeconfig(lab);
  const program = process.env["SHELL"] || "/bin/sh";
  const dir = await mkdtemp(join(tmpdir(), "hardway-shell-"));
  try {
    const { args, env } = await shellStart(program, lab.name, dir);
    const path = session.env["PATH"] ?? "";
    return await runInLab({ lab, env: { ...session.env, ...env, HARDWAY_PATH: path } }, [
      program,
      ...args,
    ]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** How to start a shell so that its prompt names the lab: each has its own way past the user's own settings. */
export async function shellStart(
  program: string,
  labName: string,
  dir: string,
): Promise<{ args: readonly string[]; env: Readonly<Record<string, string>> }> {
  const mark = `(lab ${labName}) `;
  // the user's own settings may put another pulumi or kubectl first
  const path = 'PATH="$HARDWAY_PATH"';
  switch (basename(program)) {
    case "bash": {
      const file = join(dir, "bashrc");
      await writeFile(file, `[ ! -f ~/.bashrc ] || . ~/.bashrc\n${path}\nPS1='${mark}'"$PS1"\n`);
      return { args: ["--rcfile", file, "-i"], env: {} };
    }
    case "zsh": {
      const rc = `[ ! -f ~/.zshrc ] || . ~/.zshrc\n${path}\nPROMPT='${mark}'"$PROMPT"\n`;
      await writeFile(join(dir, ".zshrc"), rc);
      return { args: ["-i"], env: { ZDOTDIR: dir } };
    }
    default:
      return { args: ["-i"], env: { PS1: `${mark}$ ` } };
  }
}

/** A lab whose kubeconfig is written if there is a cluster; without one the shell is of use all the same. */
async function openWithKubeconfig(lab: Lab): Promise<Session> {
  const session = await openLab(lab);
  await kubeconfigOf(session).catch(() => undefined);
  return session;
}

function runInLab({ lab, env }: Session, command: readonly string[]): Promise<number> {
  return runInPlace(asOperator(lab, command), { env, cwd: projectDir });
}
