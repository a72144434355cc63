import { setTimeout as delay } from "node:timers/promises";
import type { PropertyValue } from "../lib/values.ts";
import { ApiError } from "./api-error.ts";
import type { KubeObject } from "./objects.ts";
import type { HttpRequest, Transport } from "./transport.ts";

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | boolean | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  readonly body?: PropertyValue;
  readonly contentType?: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
}

/** JSON to and from the API server, no faster than the provider's limits. */
export interface ApiClient {
  readonly server: string;
  /** @throws ApiError for an answer of 400 and above; Error in Go's words for none */
  call(method: HttpRequest["method"], path: string, options: CallOptions): Promise<KubeObject>;
  /** Calls back for each line of a stream until it ends. */
  stream(
    path: string,
    query: Query,
    signal: AbortSignal,
    onLine: (line: PropertyValue) => void,
  ): Promise<void>;
  close(): void;
}

export const applyContentType = "application/apply-patch+yaml";
export const jsonPatchContentType = "application/json-patch+json";

/** How often an answer with Retry-After is obeyed, as in client-go. */
const maxRetries = 10;

/**
 * @param limits - qps and burst of the provider; timeoutSeconds of each call, undefined for none
 */
export function apiClient(
  transport: Transport,
  limits: {
    readonly qps: number;
    readonly burst: number;
    readonly timeoutSeconds: number | undefined;
  },
): ApiClient {
  const admit = rateLimiter(limits.qps, limits.burst);
  const defaultTimeoutMs =
    limits.timeoutSeconds === undefined ? undefined : limits.timeoutSeconds * 1000;

  const once = async (
    method: HttpRequest["method"],
    path: string,
    options: CallOptions,
  ): Promise<KubeObject> => {
    await admit(options.signal);
    const response = await transport.send({
      method,
      path: path + queryText(options.query),
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.contentType === undefined ? {} : { contentType: options.contentType }),
    });
    if (response.status >= 400) {
      const after = Number(response.headers["retry-after"] ?? Number.NaN);
      throw new ApiError(response.status, response.body, Number.isNaN(after) ? undefined : after);
    }
    return JSON.parse(response.body) as KubeObject;
  };

  return {
    server: transport.server,
    call: async (method, path, options) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await once(method, path, options);
        } catch (error) {
          const wait = error instanceof ApiError ? retryDelay(error) : undefined;
          if (wait === undefined || attempt >= maxRetries) throw error;
          await delay(wait * 1000, undefined, { signal: options.signal });
        }
      }
    },
    stream: async (path, query, signal, onLine) => {
      await admit(signal);
      const response = await transport.open({
        method: "GET",
        path: path + queryText(query),
        signal,
      });
      response.setEncoding("utf8");
      let rest = "";
      for await (const chunk of response) {
        const lines = (rest + String(chunk)).split("\n");
        rest = lines.pop() ?? "";
        if ((response.statusCode ?? 0) >= 400) continue;
        for (const line of lines) if (line !== "") onLine(JSON.parse(line) as PropertyValue);
      }
      if ((response.statusCode ?? 0) >= 400) throw new ApiError(response.statusCode ?? 0, rest);
    },
    close: () => {
      transport.close();
    },
  };
}

function retryDelay({ status, retryAfter }: ApiError): number | undefined {
  return status === 429 || status >= 500 ? retryAfter : undefined;
}

function queryText(query: Query = {}): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string | boolean] => entry[1] !== undefined,
  );
  if (given.length === 0) return "";
  const pairs = given.map(([key, value]): [string, string] => [key, String(value)]);
  return `?${new URLSearchParams(pairs).toString()}`;
}

/** A token bucket; resolves when one more request may go. */
function rateLimiter(qps: number, burst: number): (signal: AbortSignal) => Promise<void> {
  let tokens = burst;
  let last = performance.now();
  return async (signal) => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + ((now - last) / 1000) * qps) - 1;
    last = now;
    if (tokens < 0) await delay((-tokens / qps) * 1000, undefined, { signal });
  };
}
