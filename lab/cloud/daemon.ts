import {
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";

/** Appends lines with their time to a file; each is on disk before `log` returns. */
export function fileLog(path: string): (line: string) => void {
  const file = openSync(path, "a", 0o600);
  return (line) => {
    writeSync(file, `${new Date().toISOString()} ${line}\n`);
  };
}

/**
 * Makes this process the only one of its kind, as the file says.
 *
 * A file left by a process that is gone, or whose number another program has now, does not count.
 * @param path - gets our process id
 * @param program - part of the command line by which one of our kind is known
 * @returns gives the place up
 * @throws Error when another one runs
 */
export function claimPidFile(path: string, program: string): () => void {
  const other = runningPid(path, program);
  if (other !== null) throw new Error(`${path}: already running as process ${other}`);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${process.pid}\n`);
  renameSync(draft, path);
  return () => {
    if (readPid(path) === process.pid) rmSync(path, { force: true });
  };
}

/** The process that the file names, when it is alive and of our kind. */
export function runningPid(path: string, program: string): number | null {
  const pid = readPid(path);
  if (pid === null || pid === process.pid) return null;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(program) ? pid : null;
  } catch {
    return null;
  }
}

function readPid(path: string): number | null {
  if (!existsSync(path)) return null;
  const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}
