import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../lib/paths.ts";

/** Part of the CPU's time is handed out this often; short, so that a busy machine never stalls for long. */
export const cpuPeriodUs = 20_000;

/** One cgroup hierarchy of this host. */
export interface Hierarchy {
  /** "v2" is the unified one; beside v1 hierarchies it has no controllers. */
  readonly version: "v1" | "v2";
  readonly mountPoint: string;
  /** Directory of this process's own group in it. */
  readonly own: string;
}

/**
 * Every mounted hierarchy, with the group this process is in.
 *
 * Groups of a lab go below the own group, so that limits of the caller hold for its machines too.
 * @param mountinfo - /proc/self/mountinfo
 * @param selfCgroup - /proc/self/cgroup
 * @see https://man7.org/linux/man-pages/man7/cgroups.7.html
 */
export function hierarchies(mountinfo: string, selfCgroup: string): Hierarchy[] {
  const ownGroups = new Map(
    selfCgroup
      .trim()
      .split("\n")
      .map((line) => {
        const [, controllers = "", ...path] = line.split(":");
        return [controllers, path.join(":")] as const;
      }),
  );
  const seen = new Set<string>();
  return mountinfo.split("\n").flatMap((line): Hierarchy[] => {
    const [mount = "", source = ""] = line.split(" - ");
    const [, , , root = "", mountPoint = ""] = mount.split(" ");
    const [type = "", , options = ""] = source.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") return [];
    const controllers = type === "cgroup2" ? "" : v1Controllers(options, ownGroups);
    const group = ownGroups.get(controllers ?? "?");
    if (controllers === undefined || group === undefined || seen.has(controllers)) return [];
    const below = belowRoot(group, root);
    if (below === undefined) return [];
    seen.add(controllers);
    return [
      { version: type === "cgroup2" ? "v2" : "v1", mountPoint, own: join(mountPoint, below) },
    ];
  });
}

/** The hierarchies of this process. */
export function ownHierarchies(): Hierarchy[] {
  return hierarchies(
    readFileSync("/proc/self/mountinfo", "utf8"),
    readFileSync("/proc/self/cgroup", "utf8"),
  );
}

/** Whether limits are set the cgroup v2 way: no v1 hierarchy holds the controllers. */
export function isUnified(all: readonly Hierarchy[]): boolean {
  return !all.some(({ version }) => version === "v1");
}

/** Name of a lab's group; machines' groups `<id>.<time of boot>` lie in it. */
export function labGroupName(lab: Lab): string {
  return `hardway-${lab.name}`;
}

/** A lab's groups in all hierarchies, wherever it was started from. */
export function labGroups(lab: Lab): string[] {
  const mountPoints = [...new Set(ownHierarchies().map(({ mountPoint }) => mountPoint))];
  return mountPoints.flatMap((dir) => directoriesNamed(dir, labGroupName(lab)));
}

/** Groups of all boots of a machine: of the one that runs, and of those that left something behind. */
export function machineGroups(lab: Lab, id: string): string[] {
  return labGroups(lab).flatMap((dir) =>
    subdirectories(dir)
      .filter((name) => name.startsWith(`${id}.`))
      .map((name) => join(dir, name)),
  );
}

/** Processes in these groups and below. */
export function groupPids(groups: readonly string[]): number[] {
  const all = groups.flatMap((group) => [group, ...allBelow(group)]);
  return [...new Set(all.flatMap(procs))];
}

/** Removes groups with everything below; waits up to 3 s for the kernel to let go of them. */
export async function removeGroups(groups: readonly string[]): Promise<void> {
  const deepestFirst = groups.flatMap((group) => [...allBelow(group).reverse(), group]);
  for (let attempt = 0; attempt < 30; attempt++) {
    for (const dir of deepestFirst) await rmdir(dir).catch(() => undefined);
    if (!groups.some((group) => existsSync(group))) return;
    await sleep(100);
  }
}

function v1Controllers(options: string, own: ReadonlyMap<string, string>): string | undefined {
  const words = options.split(",");
  return [...own.keys()].find(
    (controllers) => controllers !== "" && controllers.split(",").every((c) => words.includes(c)),
  );
}

/** A group as seen below the group that is mounted; undefined: outside of it. */
function belowRoot(group: string, root: string): string | undefined {
  if (root === "/") return group;
  if (group === root) return "/";
  return group.startsWith(`${root}/`) ? group.slice(root.length) : undefined;
}

function directoriesNamed(dir: string, wanted: string): string[] {
  return subdirectories(dir).flatMap((name) =>
    name === wanted ? [join(dir, name)] : directoriesNamed(join(dir, name), wanted),
  );
}

/** Groups within a group; parents before children. */
export function allBelow(dir: string): string[] {
  return subdirectories(dir).flatMap((name) => {
    const child = join(dir, name);
    return [child, ...allBelow(child)];
  });
}

function subdirectories(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return []; // gone meanwhile
  }
}

function procs(dir: string): number[] {
  try {
    return readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return []; // gone meanwhile
  }
}
