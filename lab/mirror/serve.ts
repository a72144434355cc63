import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { join } from "node:path";
import type { MirrorStore } from "./mirror.ts";
import { OciStore } from "./oci-store.ts";
import { registryHandler } from "./registry.ts";
import { sendFile, sendText } from "./send-file.ts";

/** Where the mirror listens. */
export interface MirrorAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly filesPort: number;
  /** 0: any free port. */
  readonly registryPort: number;
}

/** A running mirror. */
export interface MirrorServer {
  /** The ports it listens on. */
  readonly filesPort: number;
  readonly registryPort: number;
  /** Ends open transfers too. */
  close(): Promise<void>;
}

/**
 * Serves a filled mirror, read-only: `/files/…` and `/lock.json` on one port, an OCI registry on the other.
 * @param imported - images supplied by hand; they count before those of the mirror
 * @throws Error with code EADDRINUSE or EADDRNOTAVAIL when it cannot listen
 */
export async function serveMirror(
  store: MirrorStore,
  address: MirrorAddress,
  imported: readonly OciStore[] = [],
): Promise<MirrorServer> {
  const files = await listen(fileHandler(store), address.host, address.filesPort);
  const registry = registryHandler([...imported, new OciStore(join(store.dir, "registry"))]);
  const images = await listen(registry, address.host, address.registryPort).catch(
    async (error: unknown) => {
      await close(files);
      throw error;
    },
  );
  return {
    filesPort: portOf(files),
    registryPort: portOf(images),
    close: async () => {
      await Promise.all([close(files), close(images)]);
    },
  };
}

/** Only names of the mirror's own files lead anywhere: no dot at the start of a part, no encoded slash. */
function fileHandler({ dir, lockPath }: MirrorStore): RequestListener {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://mirror");
    const path = /^\/files((?:\/[\w+-][\w.+-]*)+)$/.exec(pathname)?.[1];
    if (pathname === "/lock.json") sendFile(request, response, lockPath, "application/json");
    else if (path !== undefined) sendFile(request, response, join(dir, "files", path));
    else sendText(response, 404, `${pathname}: not found\n`);
  };
}

async function listen(handler: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(handler);
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("mirror: not listening");
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
