import { readFileSync } from "node:fs";
import type { Command } from "../lib/host-programs.ts";
import { type Hierarchy, isUnified } from "./cgroups.ts";
import type { MachineSpec } from "./spec.ts";

/**
 * The processors that a machine is kept to, e.g. "0" or "1,2"; "" where a quota of time is its limit.
 *
 * A quota is the better limit, but on cgroup v1 no group below one may have a larger one: a Pod whose own limit is above a
 * machine's one CPU would not start, as it does on a VPS. Nor may a cpuset below have more processors, and kubelet gives
 * Pods all that it sees. So all that the machine starts is kept to its processors, but for its Pods: runc lets these have all.
 * @see https://docs.kernel.org/scheduler/sched-bwc.html#hierarchical-considerations
 */
export function ownCpus(spec: MachineSpec, all: readonly Hierarchy[]): string {
  return isUnified(all) ? "" : chosenCpus(spec, readFileSync("/proc/self/status", "utf8"));
}

/** A command kept to these processors; "" keeps it to none. */
export function onCpus(cpus: string, command: Command): Command {
  if (cpus === "") return command;
  return ["taskset", "--cpu-list", cpus, ...command];
}

/**
 * As many processors as the machine has vCPUs; machines made one after the other get different ones.
 * @param status - /proc/self/status
 */
export function chosenCpus({ id, vcpus }: MachineSpec, status: string): string {
  const allowed = allowedCpus(status)
    .split(",")
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  const start = Number(/\d+$/.exec(id)?.[0] ?? 0) * vcpus;
  const wanted = Array.from(
    { length: vcpus },
    (_, index) => allowed[(start + index) % allowed.length],
  );
  return [...new Set(wanted)].join(",");
}

/**
 * The processors that a process may use, e.g. "0-1,4".
 * @param status - its /proc/<pid>/status
 */
export function allowedCpus(status: string): string {
  return /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? "0";
}
