import type { ClientChannel } from "ssh2";
import type { RequestContext } from "../lib/plugin.ts";
import { dial, type Dialled } from "./connection.ts";
import { goQuote } from "./go-quote.ts";
import type { CommandInputs, CommandOutputs } from "./schema.ts";

/**
 * Runs a command on the host, over a connection of its own.
 * @param previous - what the last run printed, for `addPreviousOutputInEnv`
 * @throws Error with the exit status, the command and all it printed, when it fails
 * @see https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/pkg/provider/remote/commandOutputs.go
 */
export async function run(
  command: string,
  inputs: CommandInputs,
  previous: Partial<CommandOutputs>,
  context: RequestContext,
): Promise<CommandOutputs> {
  const connection = await dial(inputs.connection, context);
  const abort = (): void => {
    connection.client.destroy();
  };
  context.signal.addEventListener("abort", abort);
  try {
    const { channel, finished } = await start(
      connection,
      command,
      environment(inputs, previous),
      (opened) =>
        collect(opened, inputs.logging, (line) => {
          context.log("info", line, { ephemeral: true });
        }),
    );
    channel.end(inputs.stdin ?? "");
    const { failure, stdout, stderr, all } = await finished;
    context.signal.throwIfAborted();
    if (failure !== null) throw new Error(`${failure}: running ${goQuote(command)}:\n${all}`);
    return { stdout: trimOneNewline(stdout), stderr: trimOneNewline(stderr) };
  } finally {
    context.signal.removeEventListener("abort", abort);
    connection.close();
  }
}

/** Set where the server's AcceptEnv allows; unlike the official provider, a refusal cannot be told from here. */
function environment(
  inputs: CommandInputs,
  previous: Partial<CommandOutputs>,
): Record<string, string> {
  if (inputs.addPreviousOutputInEnv === false) return {};
  return {
    ...(previous.stdout && { PULUMI_COMMAND_STDOUT: previous.stdout }),
    ...(previous.stderr && { PULUMI_COMMAND_STDERR: previous.stderr }),
  };
}

interface Started {
  readonly channel: ClientChannel;
  readonly finished: Promise<Finished>;
}

function start(
  { client }: Dialled,
  command: string,
  env: Record<string, string>,
  listen: (channel: ClientChannel) => Promise<Finished>,
): Promise<Started> {
  return new Promise((resolve, reject) => {
    client.once("close", () => {
      reject(new Error("EOF"));
    });
    client.exec(command, { env }, (error, channel) => {
      if (error) reject(error);
      // Listened to at once: the end of a short command can come in the same packet as its beginning.
      else resolve({ channel, finished: listen(channel) });
    });
  });
}

interface Finished extends CommandOutputs {
  /** Go's words for how it failed; null: it exited with 0. */
  readonly failure: string | null;
  /** Both streams as they came. */
  readonly all: string;
}

function collect(
  channel: ClientChannel,
  logging: CommandInputs["logging"],
  onLine: (line: string) => void,
): Promise<Finished> {
  const text = { stdout: "", stderr: "", all: "" };
  const lines = lineSplitter(onLine);
  const gather = (name: "stdout" | "stderr") => (chunk: string) => {
    text[name] += chunk;
    text.all += chunk;
    if (logging === undefined || logging === "stdoutAndStderr" || logging === name) {
      lines.push(chunk);
    }
  };
  channel.setEncoding("utf8").on("data", gather("stdout"));
  channel.stderr.setEncoding("utf8").on("data", gather("stderr"));
  let failure: string | null = "wait: remote command exited without exit status or exit signal";
  channel.on("exit", (status: number | null, signal?: string) => {
    if (status === 0) failure = null;
    else if (status !== null) failure = `Process exited with status ${status}`;
    else failure = `Process exited with status 1 from signal ${(signal ?? "").replace(/^SIG/, "")}`;
  });
  return new Promise((resolve, reject) => {
    channel.on("error", reject);
    channel.on("close", () => {
      lines.end();
      resolve({ failure, ...text });
    });
  });
}

function lineSplitter(onLine: (line: string) => void) {
  let rest = "";
  return {
    push: (chunk: string): void => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line.replace(/\r$/, ""));
    },
    end: (): void => {
      if (rest !== "") onLine(rest);
    },
  };
}

function trimOneNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
