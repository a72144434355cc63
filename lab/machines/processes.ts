import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../lib/paths.ts";
import { groupPids, machineGroups } from "./cgroups.ts";

/**
 * Process id of a machine's init, seen from here; undefined while the machine is off.
 * It is the one that is number 1 in the pid namespace directly below ours: pods' are one deeper.
 */
export function initPid(lab: Lab, id: string): number | undefined {
  const depth = namespacePids("self").length + 1;
  return groupPids(machineGroups(lab, id)).find((pid) => {
    const pids = namespacePids(String(pid));
    return pids.length === depth && pids.at(-1) === "1" && commandName(pid) === "systemd";
  });
}

/** Every process of this host that can be seen. */
export function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The command line of a process; empty when it is gone. */
export function commandLine(pid: number): string[] {
  return read(`/proc/${String(pid)}/cmdline`)
    .split("\0")
    .slice(0, -1);
}

/** Kills processes and waits until they are gone, at most 10 s; `again` names those that appeared meanwhile. */
export async function killAll(again: () => readonly number[]): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const left = again();
    if (left.length === 0) return;
    for (const pid of left) signal(pid, "SIGKILL");
    await sleep(50);
  }
}

/** Sends a signal by name or number; a process that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals | number): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** This process and those that started it. */
export function ancestors(): Set<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 1 && !found.has(pid);) {
    found.add(pid);
    pid = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${String(pid)}/status`))?.[1] ?? 0);
  }
  return found;
}

function namespacePids(pid: string): string[] {
  const line = /^NSpid:\s+(.+)$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return line === undefined ? [] : line.split(/\s+/);
}

function commandName(pid: number): string {
  return read(`/proc/${String(pid)}/comm`).trim();
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process is gone
  }
}
