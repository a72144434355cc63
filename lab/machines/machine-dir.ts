import { readFile } from "node:fs/promises";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../lib/paths.ts";
import type { MachineSpec } from "./spec.ts";

/** Files of one machine; all below one directory, so that removing it removes the machine's disk and state. */
export interface MachineDir {
  readonly path: string;
  /** The spec; written last, so a directory without it is half made. */
  readonly spec: string;
  /** Holds the path of the image below the disk: a disk stays on the image it was made on. */
  readonly image: string;
  /** What the machine changed of the image; becomes its disk. */
  readonly upper: string;
  readonly work: string;
  /** Mount point of the disk, mounted only in the machine's own mount namespace. */
  readonly root: string;
  /** /var/lib/containerd of the machine: its overlayfs cannot lie on the overlay of the disk. */
  readonly containerd: string;
  /** Exists while the supervisor runs; holds its process id. */
  readonly supervisorPid: string;
  /** Output of the supervisor and the console of the machine. */
  readonly log: string;
}

export function machineDir(lab: Lab, id: string): MachineDir {
  const path = join(machinesDir(lab), checkedId(id));
  return {
    path,
    spec: join(path, "spec.json"),
    image: join(path, "image"),
    upper: join(path, "upper"),
    work: join(path, "work"),
    root: join(path, "root"),
    containerd: join(path, "containerd"),
    supervisorPid: join(path, "supervisor.pid"),
    log: join(path, "console.log"),
  };
}

/** Parent of all machines of a lab. */
export function machinesDir(lab: Lab): string {
  return join(lab.stateDir, "machines");
}

/** Ids of the machines that have a directory, half made ones too. */
export function machineIds(lab: Lab): string[] {
  const dir = machinesDir(lab);
  return existsSync(dir) ? readdirSync(dir).sort() : [];
}

/** Name of a machine's network namespace, unique on this host. */
export function machineNetns(lab: Lab, id: string): string {
  return `${lab.netns}-${id}`;
}

/** @throws Error when there is no such machine */
export async function readSpec(lab: Lab, id: string): Promise<MachineSpec> {
  const path = machineDir(lab, id).spec;
  const text = await readFile(path, "utf8").catch(() => {
    throw new Error(`machine ${id}: does not exist in lab ${lab.name}`);
  });
  return JSON.parse(text) as MachineSpec;
}

/** @throws Error when the image was removed from the cache while the machine still needs it */
export async function readImage(lab: Lab, id: string): Promise<string> {
  const image = await readFile(machineDir(lab, id).image, "utf8");
  if (!existsSync(image)) {
    throw new Error(
      `machine ${id}: its image is gone from the cache, got ${image}; destroy the machine and make it again`,
    );
  }
  return image;
}

function checkedId(id: string): string {
  if (!/^[a-z0-9]{1,8}$/.test(id)) {
    throw new Error(
      `machine id: not a short name, got ${JSON.stringify(id)}; use 1–8 lower-case letters and digits`,
    );
  }
  return id;
}
