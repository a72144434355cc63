import { existsSync } from "node:fs";
import { join } from "node:path";
import { exec, type ExecOptions, type ExecResult } from "../lib/exec.ts";
import { type Lab, projectDir } from "../lib/paths.ts";
import { asOperator, cloudToken, labEnvironment, netnsPath, type ToolDirs } from "./environment.ts";
import { publishedLock, storesDir } from "../mirror/publish.ts";
import { buildTool } from "../tools/build.ts";
import { pulumiTools } from "../tools/pulumi.ts";

/** A lab whose tools are there: what every command needs to run something in it. */
export interface Session {
  readonly lab: Lab;
  /** Whole environment of a command inside the lab. */
  readonly env: Readonly<Record<string, string>>;
}

/** Directory of kubectl: the published mirror's, which hosts download too; built when nothing was published here. */
export async function kubectlDir(): Promise<string> {
  const published = await publishedLock();
  const ofMirror = published === null ? null : join(storesDir, published.mirror, "bin");
  if (ofMirror !== null && existsSync(ofMirror)) return ofMirror;
  return join(await buildTool("kubernetes"), "bin");
}

/**
 * Opens a lab that `npm run up` made.
 * @throws Error saying what to run when it does not exist
 */
export async function openLab(lab: Lab): Promise<Session> {
  if (!isLabUp(lab)) throw new Error(`lab ${lab.name}: not running; run npm run up`);
  const tools: ToolDirs = { pulumi: await pulumiTools(), kubectl: await kubectlDir() };
  return { lab, env: labEnvironment(lab, tools, await cloudToken(lab)) };
}

/** Whether the lab has its network and its state; says nothing of the daemon or of machines. */
export function isLabUp(lab: Lab): boolean {
  return existsSync(netnsPath(lab)) && existsSync(join(lab.stateDir, "token"));
}

/** Runs a command inside the lab's network and collects what it prints. */
export function execInLab(
  { lab, env }: Session,
  command: readonly string[],
  options: Omit<ExecOptions, "env"> = {},
): Promise<ExecResult> {
  const [file, ...args] = asOperator(lab, command);
  return exec(file, args, { cwd: projectDir, ...options, env, isWholeEnv: true });
}
