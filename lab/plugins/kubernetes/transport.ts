import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { Connection } from "./kubeconfig.ts";

/** One request to the API server. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, from the server's root. */
  readonly path: string;
  readonly body?: string;
  /** @default "application/json" */
  readonly contentType?: string;
  /** Aborts the request. */
  readonly signal: AbortSignal;
  /** @default - none */
  readonly timeoutMs?: number | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** HTTP to one API server, over kept connections. */
export interface Transport {
  readonly server: string;
  /** @throws Error in Go's words when there is no answer: that is what users of Kubernetes search for */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Gives the response as soon as its head is there; the body is read by the caller. */
  open(request: HttpRequest): Promise<http.IncomingMessage>;
  close(): void;
}

/**
 * Connects as the kubeconfig says. What needs more than certificates, tokens and passwords (credential programs,
 * auth providers, proxies) is left to the official client, which takes half a second to load.
 */
export async function openTransport(connection: Connection): Promise<Transport> {
  const { cluster, user } = connection;
  const needsClient =
    Boolean(user?.exec) || Boolean(user?.authProvider) || cluster.proxyUrl !== undefined;
  const options = needsClient ? await clientOptions(connection) : plainOptions(connection);
  const url = new URL(cluster.server);
  const { request } = url.protocol === "http:" ? http : https;
  const base = {
    ...options,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
  };
  const prefix = url.pathname.replace(/\/$/, "");
  const open = (asked: HttpRequest): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method, path, body, contentType = "application/json", timeoutMs } = asked;
      const timeout = timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)];
      const sent = request(
        {
          ...base,
          method,
          path: prefix + path,
          signal: AbortSignal.any([asked.signal, ...timeout]),
          headers: {
            ...base.headers,
            accept: "application/json",
            "user-agent": "pulumi-kubernetes/4.32.0 (hardway lab)",
            ...(body === undefined
              ? {}
              : { "content-type": contentType, "content-length": Buffer.byteLength(body) }),
          },
        },
        resolve,
      );
      sent.once("error", (error: NodeJS.ErrnoException) => {
        reject(asked.signal.aborted ? error : transportError(asked, cluster.server, error));
      });
      sent.end(body);
    });
  return {
    server: cluster.server,
    open,
    send: async (asked) => {
      const response = await open(asked);
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks).toString("utf8");
        return { status: response.statusCode ?? 0, headers: response.headers, body };
      } catch (error) {
        throw asked.signal.aborted ? error : transportError(asked, cluster.server, error as Error);
      }
    },
    close: () => {
      base.agent.destroy();
    },
  };
}

/** Free connections go before the API server drops them (90 s), so that none is used just as it closes. */
const agentOptions = { keepAlive: true, timeout: 30_000, keepAliveMsecs: 30_000 } as const;

interface ConnectOptions {
  readonly headers: http.OutgoingHttpHeaders;
  readonly agent: http.Agent;
}

function plainOptions({ cluster, user }: Connection): ConnectOptions {
  const authorization =
    user?.token !== undefined
      ? `Bearer ${user.token}`
      : user?.username !== undefined
        ? `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`
        : undefined;
  const headers = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(user?.impersonateUser ? { "impersonate-user": user.impersonateUser } : {}),
  };
  if (cluster.server.startsWith("http:")) return { headers, agent: new http.Agent(agentOptions) };
  const tls = {
    ca: pem(cluster.caData, cluster.caFile),
    cert: pem(user?.certData, user?.certFile),
    key: pem(user?.keyData, user?.keyFile),
    servername: cluster.tlsServerName,
    rejectUnauthorized: !cluster.skipTLSVerify,
  };
  const given = Object.fromEntries(
    Object.entries(tls).filter(([, value]) => value !== undefined),
  ) as https.AgentOptions;
  return { headers, agent: new https.Agent({ ...agentOptions, ...given }) };
}

function pem(data: string | undefined | null, file: string | undefined | null): Buffer | undefined {
  if (data) return Buffer.from(data, "base64");
  return file ? readFileSync(file) : undefined;
}

async function clientOptions({ cluster, user }: Connection): Promise<ConnectOptions> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, user ?? { name: "none" });
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { agent, auth } = options;
  if (!(agent instanceof http.Agent)) throw new Error("the Kubernetes client gave no agent");
  const basic =
    typeof auth === "string"
      ? { authorization: `Basic ${Buffer.from(auth).toString("base64")}` }
      : {};
  const headers = Array.isArray(options.headers) ? {} : options.headers;
  return { agent, headers: { ...(headers as http.OutgoingHttpHeaders), ...basic } };
}

const badCertificate = "tls: failed to verify certificate: x509: ";

function transportError(asked: HttpRequest, server: string, error: NodeJS.ErrnoException): Error {
  const method = asked.method.charAt(0) + asked.method.slice(1).toLowerCase();
  const { hostname, port } = new URL(server);
  const address = `${hostname}:${port === "" ? "443" : port}`;
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial tcp ${address}: connect: connection refused`,
    EHOSTUNREACH: `dial tcp ${address}: connect: no route to host`,
    ENETUNREACH: `dial tcp ${address}: connect: network is unreachable`,
    ETIMEDOUT: `dial tcp ${address}: i/o timeout`,
    ENOTFOUND: `dial tcp: lookup ${hostname}: no such host`,
    ECONNRESET: "connection reset by peer",
    CERT_HAS_EXPIRED: `${badCertificate}certificate has expired or is not yet valid`,
    CERT_NOT_YET_VALID: `${badCertificate}certificate has expired or is not yet valid`,
    DEPTH_ZERO_SELF_SIGNED_CERT: `${badCertificate}certificate signed by unknown authority`,
    SELF_SIGNED_CERT_IN_CHAIN: `${badCertificate}certificate signed by unknown authority`,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${badCertificate}certificate signed by unknown authority`,
  };
  const isTimeout = error.name === "AbortError" || error.name === "TimeoutError";
  const reason = isTimeout
    ? `net/http: request canceled (Client.Timeout exceeded)`
    : (words[error.code ?? ""] ?? error.message);
  return new Error(`${method} ${JSON.stringify(server + asked.path)}: ${reason}`, { cause: error });
}
