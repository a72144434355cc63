import { spawn, type SpawnOptions } from "node:child_process";
import { existsSync } from "node:fs";
import { missingProgram, type Program } from "./host-programs.ts";
import { logLine } from "./run-log.ts";

/** What a finished command printed; a non-zero exit is thrown as `ExecError` instead. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly cwd?: string;
  /** Added to the caller's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `env` is all that the command gets. @default false */
  readonly isWholeEnv?: boolean;
  /** Written to the command's stdin, which is then closed; without it stdin is empty. */
  readonly input?: string | Buffer;
  /** Called with each complete line of stdout and stderr as it arrives. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A command that could not be started or exited non-zero; the message holds the end of what it printed. */
export class ExecError extends Error {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: readonly string[], exitCode: number, stdout: string, stderr: string) {
    const tail = `${stdout}${stderr}`.trimEnd().split("\n").slice(-20).join("\n");
    super(`${command.join(" ")}: exit code ${exitCode}\n${tail}`);
    this.name = "ExecError";
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/**
 * Runs a command without a shell and collects what it prints.
 * @throws ExecError on a non-zero exit or when the program is missing
 */
export function exec(
  file: Program,
  args: readonly string[] = [],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const { cwd, env, isWholeEnv = false, input, onLine, signal } = options;
  const spawnOptions: SpawnOptions = {
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
    env: isWholeEnv ? env : { ...process.env, ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, spawnOptions);
    const stdout = collect(child.stdout, onLine);
    const stderr = collect(child.stderr, onLine);
    child.stdin?.on("error", () => undefined); // the command may end without reading all of it
    child.stdin?.end(input);
    child.on("error", (error: NodeJS.ErrnoException) => {
      // also what a working directory that is gone is called
      const isMissing = error.code === "ENOENT" && (cwd === undefined || existsSync(cwd));
      const why = isMissing ? missingProgram(file) : error.message;
      reject(new ExecError([file, ...args], 127, "", why));
    });
    child.on("close", (code, killedBy) => {
      if (code === 0) resolve({ stdout: stdout(), stderr: stderr() });
      else
        reject(new ExecError([file, ...args], code ?? 128, stdout(), (stderr() || killedBy) ?? ""));
    });
  });
}

function collect(
  stream: NodeJS.ReadableStream | null,
  onLine?: (line: string) => void,
): () => string {
  let text = "";
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (chunk: string) => {
    text += chunk;
    if (!onLine) return;
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      logLine(`  ${line}`); // what a caller wants to show is no secret, and it shows but a part
      onLine(line);
    }
  });
  return () => text;
}
