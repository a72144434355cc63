import { spawn } from "node:child_process";
import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lab, projectDir } from "../lib/paths.ts";
import { cloudRequest } from "./cloud.ts";
import { inLab, logDir, insideEnvironment } from "./environment.ts";
import { processesInLab } from "./lab-processes.ts";
import type { Session } from "./session.ts";

const labdScript = join(projectDir, "lab", "cloud", "main.ts");

/** What the lab's daemon prints. */
export const labdLog = (lab: Lab): string => join(logDir(lab), "labd.log");

/** Process id of the lab's daemon, which serves its cloud and its mirror; null when it is not running. */
export function labdPid(lab: Lab): number | null {
  return processesInLab(lab).find(({ args }) => args.includes(labdScript))?.pid ?? null;
}

/** Directories whose code the daemon runs. */
const labdSources = ["cloud", "lib", "machines", "mirror"];

/**
 * Starts the daemon when it is not running, or runs code of before a change; waits until its API answers.
 * @returns what had to be done
 * @throws Error with the end of its log when it does not answer within 30 s
 */
export async function ensureLabd(session: Session): Promise<"runs" | "started" | "restarted"> {
  const { lab } = session;
  const outdated = await isOutdated(lab);
  if (outdated) await stopLabd(lab);
  const running = labdPid(lab) !== null;
  if (!running) await startLabd(lab);
  try {
    const { status } = await cloudRequest(session, "GET", "/v2/account", {
      patienceSeconds: 30,
    });
    if (status !== 200) throw new Error(`GET /v2/account: status ${status}`);
  } catch (error) {
    const log = await readFile(labdLog(lab), "utf8").catch(() => "");
    const tail = log.trimEnd().split("\n").slice(-20).join("\n");
    throw new Error(`labd: its API does not answer, see ${labdLog(lab)}\n${tail}`, {
      cause: error,
    });
  }
  return running ? "runs" : outdated ? "restarted" : "started";
}

/** Whether its code changed since it started, as after a `git pull`. */
async function isOutdated(lab: Lab): Promise<boolean> {
  // written once, when it starts
  const pidFile = await stat(join(lab.stateDir, "labd.pid")).catch(() => null);
  if (pidFile === null || labdPid(lab) === null) return false;
  for (const source of labdSources) {
    const dir = join(projectDir, "lab", source);
    for (const name of await readdir(dir, { recursive: true })) {
      if (name.endsWith(".ts") && (await stat(join(dir, name))).mtimeMs > pidFile.mtimeMs)
        return true;
    }
  }
  return false;
}

async function startLabd(lab: Lab): Promise<void> {
  await mkdir(logDir(lab), { recursive: true, mode: 0o700 });
  const log = await open(labdLog(lab), "a", 0o600);
  try {
    const [file, ...args] = inLab(lab, [process.execPath, labdScript]);
    spawn(file, args, {
      cwd: "/",
      detached: true,
      // the stack's passphrase and the rest of a session are none of its business
      env: { ...insideEnvironment(process.env), HARDWAY_LAB: lab.name },
      stdio: ["ignore", log.fd, log.fd],
    }).unref();
  } finally {
    await log.close();
  }
}

/** Ends the daemon: asks first, kills after 10 s. Machines are none of its children and stay. */
export async function stopLabd(lab: Lab): Promise<void> {
  const pid = labdPid(lab);
  if (pid === null) return;
  process.kill(pid, "SIGTERM");
  for (let waited = 0; labdPid(lab) === pid; waited += 50) {
    if (waited === 10_000) process.kill(pid, "SIGKILL");
    await sleep(50);
  }
}
