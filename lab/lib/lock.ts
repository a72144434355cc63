import { spawn } from "node:child_process";
import { once } from "node:events";
import { missingProgram } from "./host-programs.ts";

/**
 * Runs `work` while holding an exclusive lock on `path`, waiting for whoever holds it.
 *
 * The lock is flock(1)'s, held by a child that lives as long as our pipe to it: the kernel releases it
 * however this process ends.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn("flock", ["--exclusive", path, "sh", "-c", "echo locked; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await Promise.race([
      once(holder.stdout, "data"),
      once(holder, "error").then(([error]) => Promise.reject(problem(error as Error))),
      once(holder, "exit").then(() =>
        Promise.reject(new Error(`flock ${path}: ended without the lock`)),
      ),
    ]);
    return await work();
  } finally {
    holder.stdin.end();
  }
}

function problem(error: NodeJS.ErrnoException): Error {
  return error.code === "ENOENT" ? new Error(missingProgram("flock")) : error;
}
