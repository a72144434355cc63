/** How to ask an API. */
export interface Api {
  /** URL that paths are appended to, without a slash at its end. */
  readonly base: string;
  /** Secret. */
  readonly token: string;
  /** What the token is called where it can be set, e.g. `digitalocean:token`. */
  readonly tokenKey: string;
  /** Waits between tries; tests do not. @default the clock */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

const tries = 6;
const timeoutMs = 30_000;
/** Longest wait between two tries, whatever the cloud asks for. */
const longestWaitMs = 60_000;

/**
 * The JSON that the API answers a GET with. An answer of 429 or 5xx, or none at all, is asked for again, after the time that
 * the cloud names or after 1, 2, 4 … seconds.
 * @throws Error naming the path and what was answered; the token is never in it
 */
export async function getJson(api: Api, path: string): Promise<unknown> {
  const wait = api.wait ?? sleep;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(api, path);
    if ("body" in answer) return answer.body;
    if (!answer.isPassing || attempt === tries) throw new Error(answer.problem);
    const standard = 1000 * 2 ** (attempt - 1);
    await wait(Math.min(answer.retryAfterMs ?? standard, longestWaitMs));
  }
}

type Answer =
  | { readonly body: unknown }
  | { readonly problem: string; readonly isPassing: boolean; readonly retryAfterMs: number | null };

async function ask({ base, token, tokenKey }: Api, path: string): Promise<Answer> {
  const what = `GET ${base}${path}`;
  try {
    const response = await fetch(`${base}${path}`, {
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
    });
    const { status } = response;
    if (response.ok) return { body: await response.json() };
    // The connection is free for the next try only when the answer was read.
    const text = await response.text();
    const isPassing = status === 429 || (status >= 500 && status !== 501);
    const retryAfterMs = retryAfter(response.headers.get("retry-after"));
    const hint = status === 401 ? `; check ${tokenKey}` : "";
    return { problem: `${what}: ${status} ${text.slice(0, 200)}${hint}`, isPassing, retryAfterMs };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    return { problem: `${what}: ${why}`, isPassing: true, retryAfterMs: null };
  }
}

/** Seconds or a date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(header: string | null): number | null {
  if (header === null || header === "") return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
