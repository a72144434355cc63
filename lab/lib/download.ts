import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** How long a host may take to answer before it counts as not reachable, in milliseconds. */
const answerTimeout = 3_000;

/** How long a download may bring nothing before it counts as broken, in milliseconds. */
const stallTimeout = 60_000;

/**
 * Why an address cannot be downloaded from; null when it can. Redirects are followed: where a release is kept may be
 * closed while the page that leads there is open.
 * @param alsoFine - HTTP status codes that count as an answer too, e.g. 401 of a registry that wants a token first
 */
export async function whyUnreachable(
  url: string,
  alsoFine: readonly number[] = [],
): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(answerTimeout);
    const { ok, status } = await fetch(url, { method: "HEAD", signal });
    return ok || alsoFine.includes(status) ? null : `HTTP ${status}`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** A short text of that address, e.g. a list of checksums. */
export async function downloadText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(answerTimeout) });
  if (!response.ok) throw new Error(`${url}: not to be had, got HTTP ${response.status}`);
  return response.text();
}

/**
 * Downloads a file and checks it.
 * @param sha256 - 64 lowercase hex digits
 * @param from - who says that this is its sha256, e.g. "the lock"
 * @throws Error naming the URL when it is not there, stops coming or is another file
 */
export async function downloadFile(
  url: string,
  sha256: string,
  target: string,
  from: string,
): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => {
    stalled.abort(new Error(`${url}: nothing came for ${stallTimeout / 1000} s`));
  }, stallTimeout);
  try {
    const response = await fetch(url, { signal: stalled.signal });
    if (!response.ok || response.body === null) {
      throw new Error(`${url}: not to be had, got HTTP ${response.status}`);
    }
    const watch = new Transform({
      transform(chunk, _, done) {
        timer.refresh();
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(target));
  } finally {
    clearTimeout(timer);
  }
  const got = await sha256Of(target);
  if (got !== sha256) throw new Error(`${url}: wrong sha256, got ${got}; ${from} says ${sha256}`);
}

/** What a failed request says about the network, e.g. "ENOTFOUND". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer in ${answerTimeout / 1000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

/** sha256 of a file, 64 lowercase hex digits. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
