import { spawn } from "node:child_process";

/** What a program printed and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program without a shell, with nothing on its stdin.
 * @throws Error when it cannot be started
 */
export function run(
  file: string,
  args: readonly string[],
  { cwd, env = {} }: RunOptions,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    child.on("error", (error) => {
      reject(new Error(`${file}: cannot be started: ${error.message}; is it on PATH?`));
    });
    child.on("close", (code) => {
      resolve({ code: code ?? 128, stdout: stdout(), stderr: stderr() });
    });
  });
}

/** As `run`, for a program that must succeed; what it printed is in the error. */
export async function runWell(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options);
  if (code !== 0) {
    const said = (stderr.trim() || stdout.trim()).split("\n").slice(-20).join("\n");
    throw new Error(`${[file, ...args].join(" ")}: exit code ${code}\n${said}`);
  }
  return stdout;
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: string[] = [];
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => chunks.push(chunk));
  return () => chunks.join("");
}
