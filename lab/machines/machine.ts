import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Lab } from "../lib/paths.ts";
import type { MachineLimits, MachineSpec } from "./spec.ts";
import { machineDir, readSpec } from "./machine-dir.ts";
import { isRunning, powerOff, powerOn } from "./power.ts";
import { machineRootfs } from "./rootfs.ts";
import { seedFiles } from "./seed.ts";

/**
 * Makes a machine's disk and boots it.
 * @throws Error when it exists
 */
export async function createMachine(lab: Lab, spec: MachineSpec): Promise<void> {
  const dir = machineDir(lab, spec.id);
  if (existsSync(dir.spec)) throw new Error(`machine ${spec.id}: exists in lab ${lab.name}`);
  await destroyMachine(lab, spec.id); // a creation that was cut off
  await mkdir(dir.path, { recursive: true, mode: 0o700 });
  for (const path of [dir.upper, dir.work, dir.root, dir.containerd]) await mkdir(path);
  for (const { path, mode, content } of seedFiles(spec, randomBytes(16).toString("hex"))) {
    const file = join(dir.upper, path);
    // These directories hide nothing of the image: an overlay merges them, with the upper one's mode.
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode });
  }
  await chmod(dir.upper, 0o755);
  await writeFile(dir.image, await machineRootfs());
  await writeSpec(lab, spec);
  await powerOn(lab, spec.id);
}

/**
 * Gives a machine other limits, in force from its next boot.
 * @throws Error when it runs or does not exist
 */
export async function resizeMachine(lab: Lab, id: string, limits: MachineLimits): Promise<void> {
  const spec = await readSpec(lab, id);
  if (isRunning(lab, id))
    throw new Error(`machine ${id}: runs, and is resized only when it is off`);
  const { vcpus, memoryMib } = limits;
  await writeSpec(lab, { ...spec, vcpus, memoryMib });
}

/** Removes a machine and its disk, whatever state it is in; one that does not exist is no error. */
export async function destroyMachine(lab: Lab, id: string): Promise<void> {
  await powerOff(lab, id);
  await rm(machineDir(lab, id).path, { recursive: true, force: true });
}

async function writeSpec(lab: Lab, spec: MachineSpec): Promise<void> {
  const path = machineDir(lab, spec.id).spec;
  const draft = `${path}.draft`;
  await writeFile(draft, JSON.stringify(spec, null, 2), { mode: 0o600 }); // user data may hold secrets
  await rename(draft, path);
}
