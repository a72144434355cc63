import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Where this process writes all that its phases say; null: nowhere. */
let path: string | null = null;

/** Begins the log of this run, in the place of that of the last one. Nothing secret may be logged. */
export function openRunLog(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "", { mode: 0o600 });
  path = file;
}

/** Path of this run's log; null when it has none. */
export function runLogPath(): string | null {
  return path;
}

/** Adds a line with its time; it is on disk when this returns, whatever becomes of us. */
export function logLine(line: string): void {
  if (path !== null) appendFileSync(path, `${new Date().toISOString()} ${line}\n`);
}
