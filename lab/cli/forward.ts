import { Resolver } from "node:dns/promises";
import { connect, isIP, type Server, type Socket } from "node:net";

/** What this process tells the one that started it. */
export type ForwardMessage = { readonly address: string } | { readonly error: string };

/**
 * Joins every connection that a server takes with one to the address that `lookUp` gives at that moment; a
 * connection for which there is none is cut.
 */
export function forward(server: Server, lookUp: () => Promise<string>, port: number): void {
  server.on("connection", (client: Socket) => {
    client.on("error", () => client.destroy());
    lookUp().then(
      (host) => {
        const upstream = connect({ host, port });
        upstream.on("error", () => client.destroy());
        client.on("close", () => upstream.destroy());
        client.pipe(upstream).pipe(client);
      },
      () => client.destroy(),
    );
  });
}

/**
 * Address of a host as the lab's DNS has it.
 * @throws Error when it has none
 */
export async function labAddressOf(host: string, dnsServer: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([dnsServer]);
  const [address] = await resolver.resolve4(host).catch(() => []);
  if (address === undefined) {
    throw new Error(
      `${host}: the lab's DNS has no address for it; use a name of the cluster, while a machine is on`,
    );
  }
  return address;
}

// Run inside the lab's network, it gets the listening socket of a process outside: a socket stays in the network
// where it was made, and new connections leave from here.
if (process.argv[1] === import.meta.filename) {
  const [, , host = "", port = "", dnsServer = ""] = process.argv;
  const lookUp = (): Promise<string> => labAddressOf(host, dnsServer);
  const tell = (message: ForwardMessage): void => {
    process.send?.(message);
  };
  process.once("message", (_message, server) => {
    forward(server as Server, lookUp, Number(port));
    lookUp().then(
      (address) => {
        tell({ address });
      },
      (error: unknown) => {
        tell({ error: error instanceof Error ? error.message : String(error) });
      },
    );
  });
  process.once("disconnect", () => process.exit());
}
