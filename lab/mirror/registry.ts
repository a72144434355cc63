import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { existsSync } from "node:fs";
import type { OciStore } from "./oci-store.ts";
import { sendFile } from "./send-file.ts";

/**
 * The pull half of the OCI distribution API over a store.
 *
 * A mirror is asked for `/v2/pause/manifests/3.10.2?ns=registry.k8s.io`; a client that takes it for the registry
 * itself writes the host into the repository. Both name the same image. Blobs are found by digest alone.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 */
export function registryHandler(store: OciStore): RequestListener {
  return (request, response) => {
    answer(store, request, response).catch(() => {
      response.destroy();
    });
  };
}

async function answer(
  store: OciStore,
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
  if (kind === "blobs") sendBlob(store, request, response, reference);
  else if (kind === "manifests") {
    const registry = url.searchParams.get("ns");
    const name = registry === null ? repository : `${registry}/${repository}`;
    await sendManifest(store, request, response, name, reference);
  } else sendError(response, 404, "NAME_UNKNOWN", `${url.pathname}: no such endpoint`);
}

async function sendManifest(
  store: OciStore,
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  reference: string,
): Promise<void> {
  const found = reference.startsWith("sha256:")
    ? await store.manifest(reference)
    : await store.resolve(`${name}:${reference}`);
  const path = found && store.blobPath(found.digest);
  if (found === undefined || path === undefined) {
    sendError(response, 404, "MANIFEST_UNKNOWN", `${name}:${reference} is not in this mirror`);
    return;
  }
  sendFile(request, response, path, found.mediaType, { "docker-content-digest": found.digest });
}

function sendBlob(
  store: OciStore,
  request: IncomingMessage,
  response: ServerResponse,
  digest: string,
): void {
  const path = store.blobPath(digest);
  if (path === undefined || !existsSync(path)) {
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
