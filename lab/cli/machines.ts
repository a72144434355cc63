import type { Lab } from "../lib/paths.ts";
import { machineEnter } from "../machines/enter.ts";
import { machineIds, readSpec } from "../machines/machine-dir.ts";
import { insideEnvironment } from "./environment.ts";
import { runInPlace } from "./run.ts";
import { labStackName } from "./stacks.ts";

/** A machine as the commands name it. */
export interface NamedMachine {
  readonly id: string;
  /** Its name as a node of the cluster. */
  readonly name: string;
}

/** Machines of the lab by name; asks the disk, so it works without the daemon. */
export async function namedMachines(lab: Lab): Promise<readonly NamedMachine[]> {
  const machines = await Promise.all(
    machineIds(lab).map(async (id) => {
      const spec = await readSpec(lab, id).catch(() => null); // half made: it has no name yet
      return spec === null ? [] : [{ id, name: nodeName(spec.hostname, labStackName(lab)) }];
    }),
  );
  return machines.flat().sort((a, b) => a.name.localeCompare(b.name));
}

/** A cloud whose names are unique in an account has the cluster's tag in them. */
export function nodeName(hostname: string, stack: string): string {
  const tag = `hardway-${stack}-`;
  return hostname.startsWith(tag) ? hostname.slice(tag.length) : hostname;
}

/** @throws Error naming the machines there are */
export async function machineNamed(lab: Lab, name: string): Promise<NamedMachine> {
  const machines = await namedMachines(lab);
  const found = machines.find((machine) => machine.name === name || machine.id === name);
  if (found !== undefined) return found;
  const known = machines.map((machine) => machine.name).join(", ") || "none; run npm run up";
  throw new Error(`machine: unknown, got ${JSON.stringify(name)}; lab ${lab.name} has ${known}`);
}

/**
 * A login shell on a machine as root, or one command given to the shell there, as ssh does it.
 * @returns the exit code of what ran
 */
export async function sshInto(lab: Lab, name: string, command: readonly string[]): Promise<number> {
  const { id } = await machineNamed(lab, name);
  const inside =
    command.length === 0 ? ["/bin/bash", "--login"] : ["/bin/bash", "-c", command.join(" ")];
  return enter(lab, id, inside);
}

/** The journal of one unit. */
export async function showLogs(
  lab: Lab,
  name: string,
  unit: string,
  args: readonly string[],
): Promise<number> {
  const { id } = await machineNamed(lab, name);
  return enter(lab, id, ["journalctl", "--no-pager", `--unit=${unit}`, ...args]);
}

function enter(lab: Lab, id: string, command: readonly string[]): Promise<number> {
  return runInPlace([...machineEnter(lab, id), ...command], {
    env: insideEnvironment(process.env),
  });
}
