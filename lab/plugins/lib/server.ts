import { Server, ServerCredentials } from "@grpc/grpc-js";
import { fstatSync } from "node:fs";
import { EngineHost } from "./host.ts";
import type { Plugin } from "./plugin.ts";
import { providerGrpc } from "./proto.ts";
import { providerMethods } from "./rpc.ts";

/** A plugin that is being served. */
export interface ServedPlugin {
  /** Loopback port of the gRPC service. */
  readonly port: number;
  /** Cancels what is going on, and ends the service. */
  close(): void;
}

/**
 * Runs a plugin as the engine expects it: started with the engine's address as an argument, it prints its port as
 * the first line and serves until it is told to end, or until the engine has gone (its end of our stdin closes).
 */
export async function servePlugin(plugin: Plugin): Promise<void> {
  const address = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument));
  const served = await startPlugin(plugin, address);
  process.stdout.write(`${served.port}\n`);
  const end = (): void => {
    served.close();
    process.exit(0);
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (isPipe(0)) process.stdin.once("end", end).once("error", end).resume();
}

/**
 * Serves a plugin in this process.
 * @param engineAddress - host:port of the engine, for its log
 */
export async function startPlugin(plugin: Plugin, engineAddress?: string): Promise<ServedPlugin> {
  const host = new EngineHost(engineAddress);
  const cancellation = new AbortController();
  const server = new Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(
    providerGrpc.ResourceProviderService,
    providerMethods(plugin, host, cancellation),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    port,
    close: () => {
      cancellation.abort(new Error("the plugin ends"));
      server.forceShutdown();
      host.close();
    },
  };
}

/** Only a pipe tells by its end that the other side has gone; a terminal or /dev/null does not. */
function isPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
