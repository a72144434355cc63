import { mkdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Lab } from "../lib/paths.ts";
import type { Hypervisor } from "../machines/hypervisor.ts";
import { digitalOceanApi } from "./digitalocean/api.ts";
import { apiServer } from "./http.ts";
import type { CloudState } from "./model.ts";
import { Operator } from "./operator.ts";
import { Store } from "./store.ts";

export interface CloudOptions {
  readonly lab: Pick<Lab, "stateDir">;
  readonly hypervisor: Hypervisor;
  /** Bearer token of the API. */
  readonly token: string;
  /** Port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Gets one line for each request and each failure; never a secret. @default - nothing is logged */
  readonly log?: (line: string) => void;
}

/** A cloud that answers. */
export interface Cloud {
  /** Base of the API, without `/v2`. */
  readonly url: string;
  /** What it has at this moment; never changed in place. */
  state(): CloudState;
  /** Resolves when all that was ordered so far is done. */
  idle(): Promise<void>;
  /** Stops answering once what is under way is done; machines go on running. */
  close(): Promise<void>;
}

/**
 * Starts a lab's cloud from its state on disk (`cloud.json` in the lab's state directory), puts its firewalls in
 * force and goes on with whatever an earlier one left undone.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { lab, hypervisor, token, listen, log = () => undefined } = options;
  await mkdir(lab.stateDir, { recursive: true });
  const store = new Store(join(lab.stateDir, "cloud.json"), (policy) =>
    hypervisor.applyFirewall(policy),
  );
  const operator = new Operator(store, hypervisor, log);
  const server = apiServer(digitalOceanApi({ store, operator }, token, log), log);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, resolve);
  });
  await operator.resume();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${listen.host}:${port}`,
    state: () => store.state,
    idle: () => operator.idle(),
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      });
      await operator.idle();
    },
  };
}
