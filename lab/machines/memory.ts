import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../lib/paths.ts";
import { allBelow, machineGroups } from "./cgroups.ts";

/** Memory of a whole machine, from its cgroup: what `free` shows inside is the host's. */
export interface MachineMemory {
  readonly limitBytes: number;
  /** Page cache included. */
  readonly usedBytes: number;
  /** What cannot be taken back: heaps and stacks. */
  readonly anonBytes: number;
  /** The limit less what is used, but with the page cache that the kernel can drop. */
  readonly availableBytes: number;
}

/** @throws Error when the machine is off */
export function machineMemory(lab: Lab, id: string): Promise<MachineMemory> {
  for (const group of machineGroups(lab, id)) {
    const memory = groupMemory(group);
    if (memory !== undefined) return Promise.resolve(memory);
  }
  return Promise.reject(new Error(`machine ${id}: is not running in lab ${lab.name}`));
}

/** Processes that the kernel killed in the machine's groups for want of memory, its pods' limits included. */
export function oomKills(lab: Lab, id: string): number {
  const groups = machineGroups(lab, id);
  return groups
    .flatMap((group) => [group, ...allBelow(group)])
    .flatMap((group) => [join(group, "memory.events"), join(group, "memory.oom_control")])
    .map((file) => /^oom_kill (\d+)$/m.exec(textOf(file))?.[1] ?? "0")
    .reduce((sum, count) => sum + Number(count), 0);
}

/** A pod's group may go while one looks. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function groupMemory(group: string): MachineMemory | undefined {
  const version = existsSync(join(group, "memory.max"))
    ? { limit: "memory.max", used: "memory.current", prefix: "", anon: "anon" }
    : {
        limit: "memory.limit_in_bytes",
        used: "memory.usage_in_bytes",
        prefix: "total_",
        anon: "rss",
      };
  if (!existsSync(join(group, version.limit))) return undefined;
  const number = (name: string): number => Number(readFileSync(join(group, name), "utf8"));
  const stat = new Map(
    readFileSync(join(group, "memory.stat"), "utf8")
      .split("\n")
      .map((line) => line.split(" "))
      .map(([name = "", value = "0"]) => [name, Number(value)] as const),
  );
  const of = (name: string): number => stat.get(`${version.prefix}${name}`) ?? 0;
  const [limitBytes, usedBytes] = [number(version.limit), number(version.used)];
  return {
    limitBytes,
    usedBytes,
    anonBytes: of(version.anon),
    availableBytes: limitBytes - usedBytes + of("inactive_file") + of("active_file"),
  };
}
