import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Lab, projectDir } from "../lib/paths.ts";
import type { PhaseContext } from "../lib/progress.ts";
import { asOperator, logDir } from "./environment.ts";
import { type EngineEvent, UpdateProgress } from "./events.ts";
import { followLines } from "./follow.ts";
import type { Session } from "./session.ts";

/** `pulumi up` or `pulumi destroy` failed; the message holds every error whole and names the log. */
export class UpdateError extends Error {
  override readonly name = "UpdateError";
}

/** What asks us to end; a second one makes Pulumi end at once. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export type Verb = "up" | "destroy";

/** Pulumi's own output of the last run. */
export const updateLog = (lab: Lab, verb: Verb): string => join(logDir(lab), `pulumi-${verb}.log`);

/**
 * Runs `pulumi up` or `destroy` without questions and shows what the engine does as it happens.
 *
 * The CLI runs in a process group of its own: a ^C reaches it once, through us, and it then ends in good
 * order. If we are killed the kernel kills it with us: nothing is left that still changes things.
 * @param limitSeconds - when to interrupt it, and to kill it 10 s later
 * @param more - options of that command
 * @throws UpdateError when it fails
 */
export async function runUpdate(
  { lab, env }: Session,
  verb: Verb,
  { report, say, note }: PhaseContext,
  limitSeconds: number | null = null,
  more: readonly string[] = [],
): Promise<UpdateProgress> {
  const events = join(logDir(lab), `pulumi-${verb}.events.jsonl`);
  await mkdir(logDir(lab), { recursive: true, mode: 0o700 });
  await rm(events, { force: true });
  const log = await open(updateLog(lab, verb), "w", 0o600);
  const [file, ...args] = asOperator(lab, [
    ...["setpriv", "--pdeathsig", "KILL", "--"],
    ...["pulumi", verb, "--yes", "--skip-preview", "--non-interactive", "--color=never"],
    ...[`--event-log=${events}`, ...more],
  ]);
  const child = spawn(file, args, {
    cwd: projectDir,
    detached: true,
    env: { ...env, PULUMI_DEBUG_COMMANDS: "true" }, // without it there is no --event-log
    stdio: ["ignore", log.fd, log.fd],
  });
  const interrupt = (): void => {
    child.kill("SIGINT");
  };
  const limit = { reached: false };
  const timers =
    limitSeconds === null
      ? []
      : [
          setTimeout(() => {
            limit.reached = true;
            interrupt();
          }, limitSeconds * 1000),
          setTimeout(() => child.kill("SIGKILL"), (limitSeconds + 10) * 1000),
        ];
  for (const signal of endings) process.on(signal, interrupt);
  const progress = new UpdateProgress();
  progress.span.startedMs = Date.now();
  const ticker = setInterval(() => {
    note(progress.note(Date.now()));
  }, 500);
  try {
    const exited = once(child, "exit");
    await followLines(events, exited, (line) => {
      for (const text of progress.take(JSON.parse(line) as EngineEvent, Date.now())) {
        // what is neither is a warning, or a step that failed
        (/^[+~=?-] /.test(text) ? report : say)(text);
      }
    });
    const [code] = (await exited) as [number | null];
    progress.span.endedMs = Date.now();
    if (code !== 0) {
      const how = limit.reached ? `was ended after ${limitSeconds ?? 0} s` : "failed";
      throw new UpdateError(failureText(verb, how, progress, updateLog(lab, verb)));
    }
  } finally {
    clearInterval(ticker);
    timers.forEach(clearTimeout);
    await rm(events, { force: true }); // `progress` has what matters, the log has the rest
    for (const signal of endings) process.off(signal, interrupt);
    await log.close();
  }
  note(progress.summary());
  return progress;
}

function failureText(verb: Verb, how: string, { errors }: UpdateProgress, log: string): string {
  const texts = errors.filter((text) => text !== `${verb === "up" ? "update" : verb} failed`);
  return [`pulumi ${verb} ${how}; its whole output: ${log}`, ...texts].join("\n\n");
}
