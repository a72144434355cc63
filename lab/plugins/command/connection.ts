import { connect as connectTcp, isIPv6, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import type { RequestContext } from "../lib/plugin.ts";
import { sshConfig, type SshConfig } from "./login.ts";
import { dialWithRetry } from "./retry.ts";
import type { Connection, Login } from "./schema.ts";
import { ssh2 } from "./ssh2.ts";

/** Longest wait for a server that takes the TCP connection and then says nothing; sshd's own limit for a login. */
const handshakeTimeoutMs = 120_000;

/** An SSH connection, through a proxy when there is one. */
export interface Dialled {
  readonly client: Client;
  /** Ends the connection, and that to the proxy. */
  close(): void;
}

/**
 * Connects and logs in, trying again as `dialErrorLimit` says.
 * @throws Error with the last attempt's reason, in the official provider's words
 * @see https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/pkg/provider/remote/connection.go
 */
export async function dial(connection: Connection, context: RequestContext): Promise<Dialled> {
  const { signal } = context;
  const config = await sshConfig(connection);
  const retrying =
    (what: string) =>
    (failed: number, limit: string): void => {
      context.log("info", `${what} ${failed}/${limit} failed: retrying`, { ephemeral: true });
    };
  if (connection.proxy === undefined) {
    const client = await dialWithRetry(
      async () => handshake(await dialTcp(connection, signal), config, signal),
      connection.dialErrorLimit,
      signal,
      retrying("Dial"),
    );
    return { client, close: () => client.end() };
  }
  try {
    return await dialThrough(connection.proxy, connection, config, signal, retrying);
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`proxy: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function dialThrough(
  proxy: Login,
  target: Login,
  config: SshConfig,
  signal: AbortSignal,
  retrying: (what: string) => (failed: number, limit: string) => void,
): Promise<Dialled> {
  const proxyConfig = await sshConfig(proxy);
  const hop = await dialWithRetry(
    async () => handshake(await dialTcp(proxy, signal), proxyConfig, signal),
    proxy.dialErrorLimit,
    signal,
    retrying("Dial proxy"),
  );
  try {
    const client = await dialWithRetry(
      async () => handshake(await forward(hop, target), config, signal),
      target.dialErrorLimit,
      signal,
      retrying("Dial from proxy"),
    );
    return {
      client,
      close: () => {
        client.end();
        hop.end();
      },
    };
  } catch (error) {
    hop.end();
    throw error;
  }
}

function dialTcp(login: Login, signal: AbortSignal): Promise<Socket> {
  const address = `${isIPv6(login.host) ? `[${login.host}]` : login.host}:${login.port}`;
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: login.host, port: login.port, noDelay: true, signal });
    const timer =
      login.perDialTimeout > 0 &&
      setTimeout(() => {
        socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" }));
      }, login.perDialTimeout * 1000);
    const settle = (): void => {
      if (timer) clearTimeout(timer);
    };
    socket.once("connect", () => {
      settle();
      resolve(socket);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      settle();
      reject(new Error(`dial tcp ${address}: ${dialReason(error)}`, { cause: error }));
    });
  });
}

/** Go's words for why a dial failed, by Node's codes. */
const dialReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
  ENOTFOUND: "no such host",
};

function dialReason(error: NodeJS.ErrnoException): string {
  return dialReasons[error.code ?? ""] ?? error.message;
}

function forward(hop: Client, target: Login): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    hop.forwardOut("127.0.0.1", 0, target.host, target.port, (error, channel) => {
      if (error) reject(new Error(`ssh: rejected: connect failed (${error.message})`));
      else resolve(channel);
    });
  });
}

function handshake(transport: Duplex, config: SshConfig, signal: AbortSignal): Promise<Client> {
  const client = new (ssh2().Client)();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      client.destroy();
    };
    signal.addEventListener("abort", abort);
    client
      .once("ready", () => {
        resolve(client);
      })
      .on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) => {
        finish(prompts.map(() => config.password ?? ""));
      })
      .on("error", (error) => {
        client.destroy();
        reject(new Error(`ssh: handshake failed: ${config.reasonOf(error)}`, { cause: error }));
      })
      .on("close", () => {
        signal.removeEventListener("abort", abort);
        reject(new Error("ssh: handshake failed: EOF"));
      })
      .connect({ ...config.options, sock: transport, readyTimeout: handshakeTimeoutMs });
  });
}
