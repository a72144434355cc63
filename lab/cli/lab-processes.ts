import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import type { Lab } from "../lib/paths.ts";
import { netnsPath } from "./environment.ts";

/** A process as /proc shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Program name, at most 15 characters. */
  readonly comm: string;
  readonly args: readonly string[];
}

/** Processes whose network is the lab's own namespace: not machines, these have their own. */
export function processesInLab(lab: Lab): readonly ProcessEntry[] {
  const inode = namespaceInode(lab);
  if (inode === null) return [];
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (readlinkSync(`/proc/${name}/ns/net`) !== `net:[${inode}]`) return [];
      return [readProcess(Number(name))];
    } catch {
      return []; // it ended while we looked
    }
  });
}

/** @throws Error when the process is gone */
export function readProcess(pid: number): ProcessEntry {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // "PID (COMM) STATE PPID …", where COMM may hold anything, brackets too
  const [, comm = "", parent = "0"] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
  const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  return { pid, parent: Number(parent), comm, args };
}

/** Whether a Pulumi CLI of this number is alive. */
export function isPulumi(pid: number): boolean {
  try {
    return readProcess(pid).comm === "pulumi";
  } catch {
    return false;
  }
}

/**
 * What a killed Pulumi CLI left running: plugins, language hosts and programs without a CLI above them.
 * They must not go on making things once the next run has begun.
 */
export function leftBehind(processes: readonly ProcessEntry[]): readonly ProcessEntry[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const hasCli = ({ comm, parent }: ProcessEntry): boolean => {
    if (comm === "pulumi") return true;
    const above = byPid.get(parent);
    return above !== undefined && hasCli(above);
  };
  const ofPulumi = /\/lab\/plugins\/|pulumi-resource-|pulumi-language-|@pulumi\/pulumi\/cmd\/run/;
  return processes.filter((process) => ofPulumi.test(process.args.join(" ")) && !hasCli(process));
}

function namespaceInode(lab: Lab): number | null {
  try {
    return statSync(netnsPath(lab)).ino;
  } catch {
    return null;
  }
}
