import { setTimeout as delay } from "node:timers/promises";
import { inners, number, type Json } from "../lib/bridge/attributes.ts";

export interface ClientOptions {
  readonly token: string;
  /** Scheme, host and port of the API. */
  readonly origin: string;
  /** First part of each path, e.g. "v4". */
  readonly version: string;
  /** Look-ups of plans and regions are kept for 15 minutes. */
  readonly isCaching: boolean;
  readonly eventPollMs: number;
  /** Wait before the first repetition; doubles with each, up to the most. */
  readonly minRetryDelayMs: number;
  readonly maxRetryDelayMs: number;
  /** A new Linode is not awaited. */
  readonly skipReadyPoll: boolean;
  /** The end of a Linode is not awaited. */
  readonly skipDeletePoll: boolean;
  /** A Linode is never rebooted for a change. */
  readonly skipReboots: boolean;
}

/** What the API said no to, in the words of the official client (linodego). */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(`[${String(status).padStart(3, "0")}] ${message}`);
    this.name = "ApiError";
    this.status = status;
  }
}

export const isNotFound = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 404;

const retries = 1000;
const cacheMs = 15 * 60_000;
const cached = /^\/(linode\/types|linode\/kernels|regions)\//;

/**
 * Speaks the Linode API as linodego does: the same requests, retries and error texts.
 * @see https://github.com/linode/linodego/blob/v1.54.0/client.go
 */
export class Client {
  readonly options: ClientOptions;
  readonly #cache = new Map<string, { readonly until: number; readonly value: Json }>();

  constructor(options: ClientOptions) {
    this.options = options;
  }

  /**
   * Sends one request and gives the answer's object.
   * @param path - after the version, e.g. "/linode/instances"
   * @param filter - sent as X-Filter
   * @throws ApiError when the API says no, after the repetitions
   */
  async request(
    method: string,
    path: string,
    signal: AbortSignal,
    body?: Json,
    filter?: Json,
  ): Promise<Json> {
    const { origin, version, minRetryDelayMs, maxRetryDelayMs } = this.options;
    const url = `${origin.replace(/\/$/, "")}/${version}${path}`;
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#send(method, url, signal, body, filter);
      if (!isPassing(answer, path) || attempt >= retries) return objectOf(answer);
      const asked = Number(answer.headers.get("retry-after") ?? 0) * 1000;
      const wait = asked > 0 ? asked : minRetryDelayMs * 2 ** attempt;
      const waitMs = Math.min(Math.max(wait, minRetryDelayMs), maxRetryDelayMs);
      await delay(waitMs, undefined, { signal });
    }
  }

  async get(path: string, signal: AbortSignal): Promise<Json> {
    const known = this.#cache.get(path);
    if (known !== undefined && known.until > Date.now()) return known.value;
    const value = await this.request("GET", path, signal);
    if (this.options.isCaching && cached.test(path)) {
      this.#cache.set(path, { until: Date.now() + cacheMs, value });
    }
    return value;
  }

  /** Like `get`; null when the API says that there is no such thing. */
  async find(path: string, signal: AbortSignal): Promise<Json | null> {
    try {
      return await this.get(path, signal);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  /** All pages of a list. */
  async list(path: string, signal: AbortSignal): Promise<readonly Json[]> {
    const found: Json[] = [];
    for (let page = 1, pages = 1; page <= pages; page++) {
      const answer = await this.request("GET", `${path}?page=${page}`, signal);
      found.push(...inners(answer, "data"));
      pages = number(answer, "pages");
    }
    return found;
  }

  async #send(
    method: string,
    url: string,
    signal: AbortSignal,
    body?: Json,
    filter?: Json,
  ): Promise<Answer> {
    const response = await fetch(url, {
      method,
      signal,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${this.options.token}`,
        "content-type": "application/json",
        "user-agent": "hardway-lab",
        ...(filter === undefined ? {} : { "x-filter": JSON.stringify(filter) }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw transportError(method, url, error);
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A failure that may be over at the next try. */
function isPassing({ status, headers, text }: Answer, path: string): boolean {
  if (status === 408 || status === 429) return true;
  if (status === 503) return !headers.has("x-maintenance-mode");
  if (status === 500) return /^\/linode\/instances\/\d+\/ips/.test(path);
  if (status !== 400) return false;
  if (headers.get("content-type") === "text/html") return headers.get("server") === "nginx";
  return reasons(text) === "Linode busy.";
}

function objectOf({ status, headers, text }: Answer): Json {
  const type = headers.get("content-type") ?? "";
  if (status === 502 && type === "text/html") throw new ApiError(status, "Bad Gateway");
  const isSuccess = status >= 200 && status <= 299;
  if (type !== "application/json" && !(isSuccess && type.includes("json"))) {
    throw new ApiError(
      status,
      `Unexpected Content-Type: Expected: application/json, Received: ${type}\nResponse body: ${text}`,
    );
  }
  if (isSuccess) return JSON.parse(text) as Json;
  throw new ApiError(status, reasons(text));
}

/** All that is wrong, each with its field, as `[label] must be unique`. */
function reasons(text: string): string {
  try {
    const body = JSON.parse(text) as { errors?: readonly { reason?: string; field?: string }[] };
    return (body.errors ?? [])
      .map(({ reason = "", field = "" }) => (field === "" ? reason : `[${field}] ${reason}`))
      .join("; ");
  } catch {
    return text;
  }
}

/** As Go's HTTP client says it, e.g. `Get "http://…": connect ECONNREFUSED 10.240.0.1:8001`. */
function transportError(method: string, url: string, error: unknown): Error {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  return new ApiError(2, `${verb} ${JSON.stringify(url)}: ${reason}`);
}
