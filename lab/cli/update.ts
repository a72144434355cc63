import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Lab, projectDir } from "../lib/paths.ts";
import type { PhaseContext } from "../lib/progress.ts";
import { inLab, logDir } from "./environment.ts";
import { type EngineEvent, UpdateProgress } from "./events.ts";
import { followLines } from "./follow.ts";
import type { Session } from "./session.ts";

/** `pulumi up` or `pulumi destroy` failed; the message holds every error whole and names the log. */
export class UpdateError extends Error {
  override readonly name = "UpdateError";
}

/** Where lines are printed, the longest time without one, in milliseconds. */
const quietMs = 15_000;

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
 * @throws UpdateError when it fails
 */
export async function runUpdate(
  { lab, env }: Session,
  verb: Verb,
  { report, note }: PhaseContext,
  limitSeconds: number | null = null,
): Promise<UpdateProgress> {
  const events = join(logDir(lab), `pulumi-${verb}.events.jsonl`);
  await mkdir(logDir(lab), { recursive: true, mode: 0o700 });
  await rm(events, { force: true });
  const log = await open(updateLog(lab, verb), "w", 0o600);
  const [file, ...args] = inLab(lab, [
    ...["setpriv", "--pdeathsig", "KILL", "--"],
    ...["pulumi", verb, "--yes", "--skip-preview", "--non-interactive", "--color=never"],
    `--event-log=${events}`,
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
  const timers =
    limitSeconds === null
      ? []
      : [
          setTimeout(interrupt, limitSeconds * 1000),
          setTimeout(() => child.kill("SIGKILL"), (limitSeconds + 10) * 1000),
        ];
  for (const signal of endings) process.on(signal, interrupt);
  const progress = new UpdateProgress();
  progress.span.startedMs = Date.now();
  const said = { atMs: Date.now() };
  const ticker = setInterval(() => {
    const text = progress.note(Date.now());
    note(text);
    // on a terminal the note itself is seen
    if (process.stdout.isTTY || Date.now() - said.atMs < quietMs) return;
    report(text);
    said.atMs = Date.now();
  }, 500);
  try {
    const exited = once(child, "exit");
    await followLines(events, exited, (line) => {
      for (const text of progress.take(JSON.parse(line) as EngineEvent, Date.now())) {
        report(text);
        said.atMs = Date.now();
      }
    });
    const [code] = (await exited) as [number | null];
    progress.span.endedMs = Date.now();
    if (code !== 0) throw new UpdateError(failureText(verb, progress, updateLog(lab, verb)));
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

function failureText(verb: Verb, { errors }: UpdateProgress, log: string): string {
  const texts = errors.filter((text) => text !== `${verb === "up" ? "update" : verb} failed`);
  return [`pulumi ${verb} failed; its whole output: ${log}`, ...texts].join("\n\n");
}
