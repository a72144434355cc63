import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../lib/paths.ts";
import { backendDir } from "./environment.ts";
import { labStackName } from "./stacks.ts";

/** A resource as the file backend stores it; secret values are ciphertext. */
export interface StoredResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly dependencies?: readonly string[];
  readonly parent?: string;
  /** URN and id of its provider. */
  readonly provider?: string;
}

/** The stack's last checkpoint, as far as we read it. */
export interface Checkpoint {
  readonly resources: readonly StoredResource[];
  /** Resources whose creation was begun and whose end was never recorded. */
  readonly pendingCreates: readonly StoredResource[];
}

/** A lock of the file backend: one file per running operation. */
export interface StackLock {
  readonly path: string;
  readonly pid: number;
}

/** The file of the lab's stack; its modification time changes with every update. Null before the first. */
export async function stackFile(lab: Lab): Promise<string | null> {
  const stacks = join(backendDir(lab), ".pulumi", "stacks");
  for (const project of await readdir(stacks).catch(() => [])) {
    const path = join(stacks, project, `${labStackName(lab)}.json`);
    if (existsSync(path)) return path;
  }
  return null;
}

/** The stack's checkpoint; null when there is no stack or nothing in it yet. */
export async function readCheckpoint(lab: Lab): Promise<Checkpoint | null> {
  const path = await stackFile(lab);
  return path === null ? null : parseCheckpoint(await readFile(path, "utf8"));
}

/** Reads a stack file of checkpoint version 3. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const { checkpoint } = JSON.parse(text) as {
    checkpoint?: {
      latest?: {
        resources?: readonly StoredResource[];
        pending_operations?: readonly { resource: StoredResource; type: string }[];
      };
    };
  };
  if (!checkpoint?.latest) return null;
  const { resources = [], pending_operations: pending = [] } = checkpoint.latest;
  return {
    resources,
    pendingCreates: pending.flatMap(({ resource, type }) =>
      type === "creating" ? [resource] : [],
    ),
  };
}

/** Locks on the lab's stack, stale ones included. */
export async function stackLocks(lab: Lab): Promise<readonly StackLock[]> {
  const root = join(backendDir(lab), ".pulumi", "locks");
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const paths = names.filter((name) => name.endsWith(".json")).map((name) => join(root, name));
  return Promise.all(
    paths.map(async (path) => {
      // a lock cut off while it was written says no pid: nobody holds it
      const pid = /"pid":(\d+)/.exec(await readFile(path, "utf8").catch(() => ""))?.[1];
      return { path, pid: Number(pid ?? 0) };
    }),
  );
}
