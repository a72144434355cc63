import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "./paths.ts";
import { withLock } from "./lock.ts";

/** A short digest of everything that decides what a cached thing contains. */
export function recipeKey(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

/**
 * A directory of the cache, made by `make` when it is not there yet.
 *
 * It appears by one rename, so a run killed half-way leaves nothing that looks finished; two runs that
 * meet make it once, the second waits for the first.
 * @param area - folder of the cache, e.g. "tools"
 * @param name - a readable name with its key, e.g. "etcd-3.6.14-0f3a…"
 */
export async function cached(
  area: string,
  name: string,
  make: (dir: string) => Promise<void>,
): Promise<string> {
  const areaDir = join(cacheDir, area);
  const target = join(areaDir, name);
  if (existsSync(target)) return target;
  await mkdir(areaDir, { recursive: true });
  return withLock(join(areaDir, `.${name}.lock`), async () => {
    if (existsSync(target)) return target;
    const draft = join(areaDir, `.${name}.${randomBytes(4).toString("hex")}.draft`);
    try {
      await mkdir(draft);
      await make(draft);
      await rename(draft, target);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    return target;
  });
}
