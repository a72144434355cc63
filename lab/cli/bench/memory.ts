import type { Lab } from "../../lib/paths.ts";
import { execOnMachine } from "../../machines/enter.ts";
import { machineMemory } from "../../machines/memory.ts";
import { namedMachines } from "../machines.ts";

/** Resident memory of one unit's processes, page cache of their binaries included. */
export interface UnitMemory {
  readonly unit: string;
  readonly rssMib: number;
}

/** Memory of one machine. */
export interface MachineFigures {
  readonly machine: string;
  readonly availableMib: number;
  readonly usedMib: number;
  readonly limitMib: number;
  /** Largest first. */
  readonly units: readonly UnitMemory[];
}

/** Looks into every machine of a lab. */
export async function memoryFigures(lab: Lab): Promise<readonly MachineFigures[]> {
  return Promise.all(
    (await namedMachines(lab)).map(async ({ id, name }) => {
      const { availableBytes, usedBytes, limitBytes } = await machineMemory(lab, id);
      const command = ["ps", "-eo", "unit,rss,cgroup", "--no-headers"];
      const stdout = await execOnMachine(lab, id, command);
      return {
        machine: name,
        availableMib: mib(availableBytes),
        usedMib: mib(usedBytes),
        limitMib: mib(limitBytes),
        units: unitMemory(stdout),
      };
    }),
  );
}

/** Adds up what `ps -eo unit,rss,cgroup` printed, in KiB, by unit; pods' processes come under "pods". */
export function unitMemory(ps: string): readonly UnitMemory[] {
  const sums = new Map<string, number>();
  for (const line of ps.split("\n")) {
    const [, name, kib, group] = /^\s*(\S+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const isPod = group?.includes("kubepods") === true;
    const unit = isPod ? "pods" : name.endsWith(".service") ? name : "other";
    sums.set(unit, (sums.get(unit) ?? 0) + Number(kib));
  }
  return [...sums]
    .map(([unit, kib]) => ({ unit, rssMib: kib / 1024 }))
    .filter(({ rssMib }) => rssMib >= 0.05)
    .sort((a, b) => b.rssMib - a.rssMib);
}

function mib(bytes: number): number {
  return bytes / 2 ** 20;
}
