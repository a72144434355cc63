import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

/** Answers with a short text, e.g. an error. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
  response.end(text);
}

/**
 * Streams a file; answers HEAD and one byte range too, and 404 when there is no such file.
 * Anything but GET and HEAD is refused: mirrors are read-only.
 */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  contentType = "application/octet-stream",
  headers: OutgoingHttpHeaders = {},
): void {
  stream(request, response, path, { "content-type": contentType, ...headers }).catch(() => {
    response.destroy(); // the client is gone, or must not take what it has for the whole
  });
}

async function stream(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  headers: OutgoingHttpHeaders,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    sendText(response, 405, "read-only: use GET or HEAD\n", { allow: "GET, HEAD" });
    return;
  }
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) {
    sendText(response, 404, "not found\n");
    return;
  }
  const range = parseRange(request.headers.range, info.size);
  if (range === "unsatisfiable") {
    sendText(response, 416, "no such range\n", { "content-range": `bytes */${info.size}` });
    return;
  }
  const [start, end] = range ?? [0, info.size - 1];
  response.writeHead(range ? 206 : 200, {
    "accept-ranges": "bytes",
    "content-length": end - start + 1,
    ...(range ? { "content-range": `bytes ${start}-${end}/${info.size}` } : {}),
    ...headers,
  });
  if (request.method === "HEAD" || end < start) response.end();
  else await pipeline(createReadStream(path, { start, end, highWaterMark: 1 << 20 }), response);
}

/** First and last byte of a single range; undefined, so the whole file, for none or several. */
export function parseRange(
  value: string | undefined,
  size: number,
): [start: number, end: number] | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(value ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? "unsatisfiable" : [start, end];
}
