import { readFileSync } from "node:fs";
import { exec } from "../lib/exec.ts";
import type { Command } from "../lib/host-programs.ts";
import type { Lab } from "../lib/paths.ts";
import { hierarchies } from "./cgroups.ts";
import { allowedCpus } from "./cpus.ts";
import { initPid } from "./processes.ts";

/**
 * What to put before a command so that it runs as root inside a machine, without ssh; stdin, stdout and the exit
 * code are the command's own. It counts against the machine's limits.
 * @example spawn(...machineEnter(lab, "m1001"), "journalctl", "-u", "etcd")
 * @throws Error when the machine is off
 */
export function machineEnter(lab: Lab, id: string): Command {
  const init = initPid(lab, id);
  if (init === undefined) throw new Error(`machine ${id}: is not running in lab ${lab.name}`);
  const groups = groupsOf(init).map((group) => `${group}/cgroup.procs`);
  const environment = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LANG=C.UTF-8",
    `TERM=${process.env["TERM"] ?? "dumb"}`,
  ];
  return [
    "sh",
    ...["-c", joinGroups, "sh", String(groups.length), ...groups],
    // as everything that init started, see cpus.ts
    ...["taskset", "--cpu-list", allowedCpus(readFileSync(`/proc/${String(init)}/status`, "utf8"))],
    ...["nsenter", `--target=${String(init)}`, "--all", "--root"],
    ...["env", "--ignore-environment", "--chdir=/root", ...environment],
  ];
}

// A process moves itself, so the command is in the machine's groups before it exists.
const joinGroups =
  'count=$1; shift; while [ "$count" -gt 0 ]; do echo $$ >"$1"; shift; count=$((count - 1)); done; exec "$@"';

/** The groups of a process in every hierarchy; init's are leaves, as cgroup v2 demands for joining. */
function groupsOf(pid: number): string[] {
  return hierarchies(
    readFileSync("/proc/self/mountinfo", "utf8"),
    readFileSync(`/proc/${String(pid)}/cgroup`, "utf8"),
  ).map(({ own }) => own);
}

/**
 * Runs a command in a machine, as root.
 * @returns what it printed
 * @throws ExecError when it fails
 */
export async function execOnMachine(
  lab: Lab,
  id: string,
  command: readonly string[],
): Promise<string> {
  const [file, ...args] = machineEnter(lab, id);
  return (await exec(file, [...args, ...command])).stdout;
}
