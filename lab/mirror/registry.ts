import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { existsSync } from "node:fs";
import type { OciStore } from "./oci-store.ts";
import { sendFile } from "./send-file.ts";

/**
 * The pull half of the OCI distribution API over some stores; of two images with one reference the first store's counts.
 *
 * A mirror is asked for `/v2/pause/manifests/3.10.2?ns=registry.k8s.io`; a client that takes it for the registry
 * itself writes the host into the repository. Both name the same image. Blobs are found by digest alone.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 */
export function registryHandler(stores: readonly OciStore[]): RequestListener {
  return (request, response) => {
    answer(stores, request, response).catch(() => {
      response.destroy();
    });
  };
}

async function answer(
  stores: readonly OciStore[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://registry");
  if (request.method !== "GET" && request.method !== "HEAD") {
    sendError(response, 405, "UNSUPPORTED", "this registry is read-only");
    return;
  }
  if (url.pathname === "/v2/" || url.pathname === "/v2") {
    sendJson(response, 200, {});
    return;
  }
  const match = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname);
  const [, repository = "", kind, reference = ""] = match ?? [];
  if (kind === "blobs") sendBlob(stores, request, response, reference);
  else if (kind === "manifests") {
    const registry = url.searchParams.get("ns");
    const name = registry === null ? repository : `${registry}/${repository}`;
    await sendManifest(stores, request, response, name, reference);
  } else sendError(response, 404, "NAME_UNKNOWN", `${url.pathname}: no such endpoint`);
}

async function sendManifest(
  stores: readonly OciStore[],
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  reference: string,
): Promise<void> {
  for (const store of stores) {
    const found = reference.startsWith("sha256:")
      ? await store.manifest(reference)
      : await store.resolve(`${name}:${reference}`);
    const path = found && store.blobPath(found.digest);
    if (found === undefined || path === undefined) continue;
    sendFile(request, response, path, found.mediaType, { "docker-content-digest": found.digest });
    return;
  }
  sendError(response, 404, "MANIFEST_UNKNOWN", `${name}:${reference} is not in this mirror`);
}

function sendBlob(
  stores: readonly OciStore[],
  request: IncomingMessage,
  response: ServerResponse,
  digest: string,
): void {
  const paths = stores.map((store) => store.blobPath(digest));
  const path = paths.find((candidate) => candidate !== undefined && existsSync(candidate));
  if (path === undefined) {
    sendError(response, 404, "BLOB_UNKNOWN", `${digest} is not in this mirror`);
    return;
  }
  sendFile(request, response, path, "application/octet-stream", {
    "docker-content-digest": digest,
  });
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { errors: [{ code, message }] });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "docker-distribution-api-version": "registry/2.0",
  });
  response.end(JSON.stringify(body));
}
