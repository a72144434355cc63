import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { FaultKind, Faults } from "./faults.ts";

/** One HTTP request, as a route sees it. */
export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Parts of the path that the route's pattern names, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The JSON body; `{}` when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ApiResponse {
  readonly status: number;
  /** Left out: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (request: ApiRequest) => ApiResponse | Promise<ApiResponse>;

/** By method and path, e.g. "GET /v2/droplets/:id". */
export type Routes = Readonly<Record<string, Route>>;

/** What one API says and checks around its routes. */
export interface Api {
  readonly routes: Routes;
  /** Of every answer that has a body. */
  readonly contentType: string;
  /** Answers of an API that fails, as far as it can fail like that. */
  readonly faults: Readonly<Partial<Record<FaultKind, ApiResponse>>>;
  /** Answers instead of a route, e.g. when the token is wrong; null: go on. */
  before(authorization: string | undefined): ApiResponse | null;
  /** The answer to an error that a route threw. */
  failed(error: unknown, requestId: string): ApiResponse;
  /** The answer to a call that no route takes. */
  missing(method: string, path: string): ApiResponse;
  /** The body is no JSON object. */
  malformed(): ApiResponse;
  /** Sent with every answer. */
  headers(): Readonly<Record<string, string>>;
}

/** Serves an API; `log` gets one line for each request, with neither bodies nor headers. */
export function apiServer(api: Api, log: (line: string) => void, faults: Faults): Server {
  const routes = Object.entries(api.routes).map(([key, route]) => {
    const [method = "", pattern = ""] = key.split(" ");
    return { method, parts: pattern.split("/"), route };
  });
  const answered = Object.keys(api.faults) as FaultKind[];

  async function answer(
    incoming: IncomingMessage,
    requestId: string,
    kind: FaultKind | undefined,
  ): Promise<ApiResponse> {
    const refusal = api.before(incoming.headers.authorization);
    const text = await readAll(incoming);
    if (refusal) return refusal;
    const failure = kind === undefined ? undefined : api.faults[kind];
    if (failure) return failure;
    const { method = "GET", headers } = incoming;
    const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "localhost"}`);
    const body = parseBody(text);
    if (body === null) return api.malformed();
    for (const { parts, route, method: wanted } of routes) {
      const params = wanted === method ? match(parts, url.pathname.split("/")) : null;
      if (params === null) continue;
      try {
        return await route({ method, url, headers, params, body });
      } catch (error) {
        return api.failed(error, requestId);
      }
    }
    return api.missing(method, url.pathname);
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const started = performance.now();
    const requestId = randomUUID();
    const { method = "GET", url = "/" } = incoming;
    const kind = faults.takeFor([...answered, "lost-answer"], method, url)?.kind;
    const { status, body, headers } = await answer(incoming, requestId, kind);
    if (kind !== undefined) log(`${method} ${url} meets ${kind}, as ordered`);
    if (kind === "lost-answer") {
      outgoing.socket?.resetAndDestroy();
      return;
    }
    outgoing.writeHead(status, {
      ...api.headers(),
      "x-request-id": requestId,
      ...(body === undefined ? {} : { "content-type": api.contentType }),
      ...headers,
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const ms = Math.round(performance.now() - started);
    log(`${method} ${url} ${status} ${ms}ms`);
  }

  return createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      log(`${incoming.method ?? ""} ${incoming.url ?? ""} broke off: ${String(error)}`);
      outgoing.destroy();
    });
  });
}

/** Whether a header names this token; takes the same time wherever they differ. */
export function isBearer(authorization: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(authorization ?? ""), digest(`Bearer ${token}`));
}

function match(pattern: readonly string[], path: readonly string[]): Record<string, string> | null {
  if (pattern.length !== path.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const given = path[index] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(given);
    else if (part !== given) return null;
  }
  return params;
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parseBody(text: string): Record<string, unknown> | null {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return {}; // what Go clients send for "no body"
    return typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
