import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../lib/paths.ts";
import { groupPids, labGroups, removeGroups } from "./cgroups.ts";
import { destroyMachine } from "./machine.ts";
import { machineIds, machineNetns, machinesDir } from "./machine-dir.ts";
import { labNamespaces, removeMachineNetwork, teardownLabNetwork } from "./network.ts";
import { allPids, ancestors, commandLine, killAll } from "./processes.ts";

/** What of a lab is still there; all empty after `destroyAll`. */
export interface Leftovers {
  /** "<pid> <command line>", this process and those that started it left out. */
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  /** Network namespaces; a lab's interfaces exist only inside them. */
  readonly namespaces: readonly string[];
  readonly cgroups: readonly string[];
}

/**
 * Removes everything of a lab that runs: machines with their disks, everything else inside the lab's network (but not
 * who asks), groups and namespaces. Idempotent, and needs no state that a crash could have taken. Caches stay.
 */
export async function destroyAll(lab: Lab): Promise<void> {
  await Promise.all(machineIds(lab).map((id) => destroyMachine(lab, id)));
  await killAll(() => labPids(lab));
  await removeGroups(labGroups(lab));
  const prefix = machineNetns(lab, "");
  for (const netns of labNamespaces(lab).filter((name) => name.startsWith(prefix))) {
    await removeMachineNetwork(lab, netns.slice(prefix.length));
  }
  await teardownLabNetwork(lab);
  for (const name of launcherNames(prefix)) {
    await rm(join(launcherDir, name), { recursive: true, force: true });
  }
  await rm(machinesDir(lab), { recursive: true, force: true });
}

/** Directories that a killed nspawn leaves, one per machine. */
const launcherDir = "/run/systemd/nspawn/propagate";

function launcherNames(prefix: string): string[] {
  const names = existsSync(launcherDir) ? readdirSync(launcherDir) : [];
  return names.filter((name) => name.startsWith(prefix));
}

/** Looks at the whole host for what is left of a lab. */
export function listLeftovers(lab: Lab): Promise<Leftovers> {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(`${lab.stateDir}/`));
  return Promise.resolve({
    processes: labPids(lab).map((pid) => `${String(pid)} ${commandLine(pid).join(" ")}`),
    mounts,
    namespaces: labNamespaces(lab),
    cgroups: labGroups(lab),
  });
}

/** Processes in the lab's groups or namespaces, and supervisors. */
function labPids(lab: Lab): number[] {
  const inGroups = new Set(groupPids(labGroups(lab)));
  const namespaces = new Set(labNamespaces(lab).map((name) => inode(`/run/netns/${name}`)));
  const spared = ancestors();
  return allPids().filter(
    (pid) =>
      !spared.has(pid) &&
      (inGroups.has(pid) ||
        namespaces.has(inode(`/proc/${String(pid)}/ns/net`)) ||
        isSupervisor(lab, pid)),
  );
}

function isSupervisor(lab: Lab, pid: number): boolean {
  const [, script = "", dir = ""] = commandLine(pid);
  return script.endsWith("/supervisor.sh") && dir.startsWith(`${machinesDir(lab)}/`);
}

function inode(path: string): string {
  try {
    const { dev, ino } = statSync(path);
    return `${String(dev)}:${String(ino)}`;
  } catch {
    return path; // gone: like no other
  }
}
