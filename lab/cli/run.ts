import { spawn, type StdioOptions } from "node:child_process";
import { constants } from "node:os";

import { type Command, missingProgram } from "../lib/host-programs.ts";

export interface RunOptions {
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** @default "inherit" */
  readonly stdio?: StdioOptions;
}

const forwarded = ["SIGTERM", "SIGHUP", "SIGINT"] as const;

/**
 * Runs a command in place of this one: with our stdin, stdout and stderr, and with the signals sent to us.
 * @returns its exit code; 128 + n when signal n ended it, 127 when it is not there
 */
export function runInPlace(
  [file, ...args]: Command,
  { env, cwd, stdio = "inherit" }: RunOptions,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, stdio, ...(cwd === undefined ? {} : { cwd }) });
    const forward = (signal: NodeJS.Signals): void => {
      // a terminal sends ^C to the whole foreground group: the command has it already
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of forwarded) process.on(signal, forward);
    const end = (code: number): void => {
      for (const signal of forwarded) process.off(signal, forward);
      resolve(code);
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === "ENOENT";
      process.stderr.write(`${isMissing ? missingProgram(file) : `${file}: ${error.message}`}\n`);
      end(127);
    });
    child.on("exit", (code, signal) => {
      end(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
