import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../lib/lock.ts";
import { cacheDir, type Lab } from "../lib/paths.ts";

/**
 * Runs `work` while no other command makes or takes down this lab; says so when it has to wait for one.
 * The lock is not in the lab's state directory, which goes when the lab does.
 */
export async function withLabLock<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  const dir = join(cacheDir, "locks");
  await mkdir(dir, { recursive: true });
  const waiting = setTimeout(() => {
    console.error(`waiting for another npm run up or down of lab ${lab.name} to end`);
  }, 1000);
  try {
    return await withLock(join(dir, `${lab.name}.lock`), () => {
      clearTimeout(waiting);
      return work();
    });
  } finally {
    clearTimeout(waiting);
  }
}
