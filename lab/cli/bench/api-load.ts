import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { kubeconfigOf } from "../kubeconfig.ts";
import type { Session } from "../session.ts";
import type { ApiFigures } from "./api-client.ts";

/** Where a client of the API server is, and where it believes the API server to be. */
export interface ApiClientArgs {
  /** Network namespace. */
  readonly netns: string;
  /** Of the ConfigMap that it writes. */
  readonly name: string;
  readonly addresses: readonly string[];
}

/** A client that reads and writes without end. */
export interface ApiLoad {
  /** What it met since it was asked last, or since it began. */
  figures(): Promise<ApiFigures>;
  stop(): Promise<void>;
}

const script = join(import.meta.dirname, "api-client.ts");

/** Resolves once the API server has answered for the first time. */
export async function startApiLoad(session: Session, args: ApiClientArgs): Promise<ApiLoad> {
  const { netns, name, addresses } = args;
  const kubeconfig = await kubeconfigOf(session);
  const command = [process.execPath, script, kubeconfig, name, ...addresses];
  const client = spawn("nsenter", [`--net=/run/netns/${netns}`, ...command], {
    env: session.env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(client, "close");
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line: IteratorResult<string, unknown> = await lines.next();
    if (line.done === true) throw new Error(`client of ${addresses.join(", ")}: has ended`);
    return JSON.parse(line.value) as ApiFigures;
  };
  await next(); // of what came before the first answer
  return {
    figures: () => {
      client.stdin.write("\n");
      return next();
    },
    stop: async () => {
      client.stdin.end();
      await ended;
    },
  };
}
