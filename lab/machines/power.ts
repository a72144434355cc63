import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { exec } from "../lib/exec.ts";
import type { Command } from "../lib/host-programs.ts";
import type { Lab } from "../lib/paths.ts";
import {
  groupPids,
  isUnified,
  machineGroups,
  ownHierarchies,
  removeGroups,
  type Hierarchy,
} from "./cgroups.ts";
import { onCpus, ownCpus } from "./cpus.ts";
import { machineDir, machineNetns, readImage, readSpec, type MachineDir } from "./machine-dir.ts";
import { removeMachineNetwork } from "./network.ts";
import { nspawnCommand, supervisorEnv } from "./nspawn.ts";
import { commandLine, initPid, killAll, signal } from "./processes.ts";

const supervisorScript = join(import.meta.dirname, "supervisor.sh");
const bootTimeoutMs = 30_000;
const shutdownTimeoutMs = 20_000;

/** Whether a machine is on; true also in the moment between two boots of a reboot. */
export function isRunning(lab: Lab, id: string): boolean {
  return supervisorPid(machineDir(lab, id)) !== undefined || machinePids(lab, id).length > 0;
}

/**
 * Boots a machine and resolves when its init was started; nothing happens to one that runs.
 * @throws Error with the end of the console when it does not start
 */
export async function powerOn(lab: Lab, id: string): Promise<void> {
  const spec = await readSpec(lab, id);
  await untilSettled(lab, id);
  if (isRunning(lab, id)) return;
  const dir = machineDir(lab, id);
  const [rootfs, started] = [await readImage(lab, id), ownHierarchies()];
  await sweep(lab, id);
  const unit = isUnified(started) && existsSync("/run/systemd/system") ? unitName(lab, id) : null;
  const cpus = ownCpus(spec, started);
  const env = supervisorEnv(lab, spec, {
    rootfs,
    cgroupBases: cgroupBases(started, unit),
    cpus,
  });
  const launcher = onCpus(cpus, nspawnCommand(lab, spec, dir));
  const command: Command = ["sh", supervisorScript, dir.path, ...launcher];
  const supervisor =
    unit === null
      ? startDetached(command, env, dir.log)
      : await startUnit(unit, command, env, dir.log);
  await untilInit(lab, id, dir, supervisor);
}

/** Pulls the plug: nothing inside gets a chance to write anything. */
export async function powerOff(lab: Lab, id: string): Promise<void> {
  const dir = machineDir(lab, id);
  const pids = (): number[] => {
    const supervisor = supervisorPid(dir);
    // The supervisor first: it would boot the machine again.
    return supervisor === undefined ? machinePids(lab, id) : [supervisor];
  };
  // Again when a reboot was just under way: its first process may appear after the last look.
  for (let attempt = 0; attempt < 3; attempt++) {
    await killAll(pids);
    const left = pids();
    if (left.length > 0) {
      throw new Error(`machine ${id}: processes ${left.join(", ")} did not end within 10 s`);
    }
    await sweep(lab, id);
    if (machineGroups(lab, id).length === 0) return;
  }
}

/** Asks init to power off; pulls the plug when it takes longer than 20 s. */
export async function shutdown(lab: Lab, id: string): Promise<void> {
  const init = initPid(lab, id);
  // SIGRTMIN+4 is "power off" to systemd; Node has no name for it.
  if (init !== undefined) signal(init, 34 + 4);
  const deadline = Date.now() + shutdownTimeoutMs;
  while (isRunning(lab, id) && Date.now() < deadline) await sleep(100);
  await powerOff(lab, id);
}

/** Process id of a machine's supervisor, if it lives. */
export function supervisorPid(dir: MachineDir): number | undefined {
  if (!existsSync(dir.supervisorPid)) return undefined;
  const pid = Number(readFileSync(dir.supervisorPid, "utf8"));
  // The number may belong to someone else by now.
  return commandLine(pid).includes(dir.path) ? pid : undefined;
}

function machinePids(lab: Lab, id: string): number[] {
  return groupPids(machineGroups(lab, id));
}

/** What a killed supervisor leaves: groups, interfaces, namespace. */
async function sweep(lab: Lab, id: string): Promise<void> {
  await removeGroups(machineGroups(lab, id));
  await removeMachineNetwork(lab, id);
  await rm(machineDir(lab, id).supervisorPid, { force: true });
  await rm(`/run/systemd/nspawn/propagate/${machineNetns(lab, id)}`, {
    recursive: true,
    force: true,
  });
}

function unitName(lab: Lab, id: string): string {
  return `${machineNetns(lab, id)}.service`;
}

/** On a systemd host with cgroup v2 only a unit with Delegate=yes may have groups of its own making. */
function cgroupBases(all: readonly Hierarchy[], unit: string | null): string[] {
  if (unit === null) return all.map(({ own }) => own);
  return all.map(({ mountPoint }) => join(mountPoint, "hardway.slice", unit));
}

/** What was started; `exitCode` stays null while it runs or when nobody can tell. */
type Started = Pick<ChildProcess, "exitCode">;

function startDetached(
  [file, ...args]: Command,
  env: Record<string, string>,
  log: string,
): Started {
  const output = openSync(log, "a", 0o600);
  try {
    const supervisor = spawn(file, args, {
      cwd: "/",
      detached: true,
      env: { ...hostEnv(), ...env },
      stdio: ["ignore", output, output],
    });
    supervisor.unref();
    return supervisor;
  } finally {
    closeSync(output);
  }
}

async function startUnit(
  unit: string,
  command: Command,
  env: Record<string, string>,
  log: string,
): Promise<Started> {
  const properties = ["Delegate=yes", "TasksMax=infinity", `StandardOutput=append:${log}`];
  await exec("systemd-run", [
    "--quiet",
    "--collect",
    `--unit=${unit}`,
    "--slice=hardway.slice",
    ...[...properties, `StandardError=append:${log}`].map((p) => `--property=${p}`),
    ...Object.entries({ ...hostEnv(), ...env }).map(([name, value]) => `--setenv=${name}=${value}`),
    ...command,
  ]);
  return { exitCode: null };
}

/** Nothing else of our environment: it may hold secrets, and everyone may read that of a machine's processes. */
function hostEnv(): Record<string, string> {
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };
}

/** A machine that powers itself off is gone a moment after its init; one that reboots has none for a moment. */
async function untilSettled(lab: Lab, id: string): Promise<void> {
  const deadline = Date.now() + bootTimeoutMs;
  while (isRunning(lab, id) && initPid(lab, id) === undefined && Date.now() < deadline) {
    await sleep(50);
  }
}

async function untilInit(lab: Lab, id: string, dir: MachineDir, started: Started): Promise<void> {
  const deadline = Date.now() + bootTimeoutMs;
  while (initPid(lab, id) === undefined) {
    if (started.exitCode !== null || Date.now() > deadline) {
      const log = existsSync(dir.log) ? readFileSync(dir.log, "utf8") : "";
      const tail = log.trimEnd().split("\n").slice(-20).join("\n");
      throw new Error(`machine ${id}: init did not start; end of ${dir.log}:\n${tail}`);
    }
    await sleep(20);
  }
}
