import { setTimeout as delay } from "node:timers/promises";
import type { Json } from "../lib/bridge/attributes.ts";

export interface ClientOptions {
  readonly token: string;
  /** Origin of the API. */
  readonly endpoint: string;
  /** Repetitions after a failure that may pass; 0: none. */
  readonly retries: number;
  /** Wait before the first repetition; doubles with each, up to the most. */
  readonly minWaitSeconds: number;
  readonly maxWaitSeconds: number;
  /** 0: as many as one likes. */
  readonly requestsPerSecond: number;
}

/** What the API said no to, in the words of the official client (godo). */
export class ResponseError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ResponseError";
    this.status = status;
  }
}

export const isNotFound = (error: unknown): boolean =>
  error instanceof ResponseError && error.status === 404;

/**
 * Speaks the DigitalOcean API as godo does: the same requests, retries and error texts.
 * @see https://github.com/digitalocean/godo/blob/v1.190.0/godo.go
 */
export class Client {
  readonly #options: ClientOptions;
  #nextSlot = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /**
   * Sends one request and gives the answer's object; `{}` when it has none.
   * @param path - from the root, e.g. "/v2/droplets"
   * @throws ResponseError for any status but 2xx, after the repetitions
   */
  async request(method: string, path: string, signal: AbortSignal, body?: Json): Promise<Json> {
    const url = new URL(path, this.#options.endpoint).href;
    for (let attempt = 1; ; attempt++) {
      const last = attempt > this.#options.retries;
      await this.#waitForSlot(signal);
      const answer = await this.#send(method, url, signal, body).catch((error: unknown) => {
        if (last || signal.aborted) throw transportError(method, url, error);
        return null;
      });
      if (answer !== null && (last || !isPassing(answer.status))) {
        const gaveUp = this.#options.retries > 0 && isPassing(answer.status);
        return objectOf(answer, method, url, gaveUp ? attempt : 0);
      }
      await delay(this.#waitMs(attempt, answer), undefined, { signal });
    }
  }

  get(path: string, signal: AbortSignal): Promise<Json> {
    return this.request("GET", path, signal);
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

  async #send(method: string, url: string, signal: AbortSignal, body?: Json): Promise<Answer> {
    const response = await fetch(url, {
      method,
      signal,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${this.#options.token}`,
        "user-agent": "hardway-lab",
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  #waitMs(attempt: number, answer: Answer | null): number {
    const { minWaitSeconds, maxWaitSeconds } = this.#options;
    const asked = Number(answer?.headers.get("retry-after") ?? Number.NaN);
    const isAsked = answer?.status === 429 || answer?.status === 503;
    if (isAsked && asked >= 0) return asked * 1000;
    return Math.min(minWaitSeconds * 2 ** (attempt - 1), maxWaitSeconds) * 1000;
  }

  async #waitForSlot(signal: AbortSignal): Promise<void> {
    const { requestsPerSecond } = this.#options;
    if (requestsPerSecond <= 0) return;
    const now = Date.now();
    const slot = Math.max(now, this.#nextSlot);
    this.#nextSlot = slot + 1000 / requestsPerSecond;
    if (slot > now) await delay(slot - now, undefined, { signal });
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A failure that may be over at the next try. */
const isPassing = (status: number): boolean => status === 429 || (status >= 500 && status !== 501);

function objectOf(
  { status, headers, text }: Answer,
  method: string,
  url: string,
  attempts: number,
) {
  if (status >= 200 && status <= 299) {
    return status === 204 || text === "" ? {} : (JSON.parse(text) as Json);
  }
  const said = errorBody(text);
  const requestId = said.requestId || (headers.get("x-request-id") ?? "");
  const request = requestId === "" ? "" : ` (request ${JSON.stringify(requestId)})`;
  const tries = attempts > 0 ? `; giving up after ${attempts} attempt(s)` : "";
  return raise(
    new ResponseError(status, `${method} ${url}: ${status}${request} ${said.message}${tries}`),
  );
}

function errorBody(text: string): { message: string; requestId: string } {
  try {
    const body = JSON.parse(text) as { message?: string; request_id?: string } | null;
    return { message: body?.message ?? "", requestId: body?.request_id ?? "" };
  } catch {
    return { message: text, requestId: "" };
  }
}

/** As Go's HTTP client says it, e.g. `Get "http://…": connect ECONNREFUSED 10.240.0.1:8000`. */
function transportError(method: string, url: string, error: unknown): Error {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  return new Error(`${verb} ${JSON.stringify(url)}: ${reason}`, { cause: error });
}

function raise(error: Error): never {
  throw error;
}
