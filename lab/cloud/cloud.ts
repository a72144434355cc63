import { mkdir } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../lib/paths.ts";
import type { Hypervisor } from "../machines/hypervisor.ts";
import type { Context } from "./context.ts";
import { digitalOceanApi } from "./digitalocean/api.ts";
import { Faults } from "./faults.ts";
import { apiServer } from "./http.ts";
import { linodeApi } from "./linode/api.ts";
import { emptyCloud, type Clouds, type CloudState } from "./model.ts";
import { Operator } from "./operator.ts";
import { Store } from "./store.ts";

export interface CloudOptions {
  readonly lab: Pick<Lab, "stateDir">;
  readonly hypervisor: Hypervisor;
  /** Bearer token of both APIs. */
  readonly token: string;
  /** DigitalOcean's port and Linode's; 0, also by default: any free one. */
  readonly listen: { readonly host: string; readonly port: number; readonly linodePort?: number };
  /** Gets one line for each request and each failure; never a secret. @default - nothing is logged */
  readonly log?: (line: string) => void;
}

/** A lab's clouds, which answer. */
export interface Cloud {
  /** Base of the DigitalOcean API, without `/v2`. */
  readonly url: string;
  /** Base of the Linode API, without `/v4`. */
  readonly linodeUrl: string;
  /** What both have at this moment, together; never changed in place. */
  state(): CloudState;
  /** Resolves when all that was ordered so far is done. */
  idle(): Promise<void>;
  /** Stops answering once what is under way is done; machines go on running. */
  close(): Promise<void>;
}

/** Machines of each cloud have numbers of their own: those of the hypervisor's machines are made of them. */
const nothing: Clouds = { digitalocean: emptyCloud(1000), linode: emptyCloud(6_000_000) };

/**
 * Starts a lab's clouds from their state on disk (`cloud.json` in the lab's state directory), puts their firewalls
 * in force and goes on with whatever earlier ones left undone.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { lab, hypervisor, token, listen, log = () => undefined } = options;
  await mkdir(lab.stateDir, { recursive: true });
  const store = new Store(join(lab.stateDir, "cloud.json"), nothing, (policy) =>
    hypervisor.applyFirewall(policy),
  );
  const faults = new Faults(lab);
  const context = (name: string): Context => {
    const own = store.of(name);
    return {
      store: own,
      operator: new Operator(own, hypervisor, log, () => slowBoot(faults, log)),
    };
  };
  const digitalOcean = context("digitalocean");
  const linode = context("linode");
  const servers = [
    apiServer(digitalOceanApi(digitalOcean, token, log), log, faults),
    apiServer(linodeApi(linode, token, log), log, faults),
  ] as const;
  const operators = [digitalOcean.operator, linode.operator];
  const ports = [listen.port, listen.linodePort ?? 0];
  for (const [index, server] of servers.entries()) {
    await listening(server, listen.host, ports[index] ?? 0);
  }
  for (const operator of operators) await operator.resume();
  const idle = async (): Promise<void> => {
    await Promise.all(operators.map((operator) => operator.idle()));
  };
  return {
    url: urlOf(servers[0], listen.host),
    linodeUrl: urlOf(servers[1], listen.host),
    state: () => together(store.clouds),
    idle,
    close: async () => {
      await Promise.all(servers.map(closed));
      await idle();
    },
  };
}

async function slowBoot(faults: Faults, log: (line: string) => void): Promise<void> {
  const fault = faults.take(({ kind }) => kind === "slow-boot");
  if (fault === null) return;
  log(`a machine waits ${fault.seconds} s before its boot, as ordered`);
  await sleep(fault.seconds * 1000);
}

function together(clouds: Clouds): CloudState {
  const [first = emptyCloud(0), ...others] = Object.values(clouds);
  return others.reduce(
    (sum, { machines, networks, firewalls, keys, tags, zones, actions }) => ({
      ...sum,
      machines: [...sum.machines, ...machines],
      networks: [...sum.networks, ...networks],
      firewalls: [...sum.firewalls, ...firewalls],
      keys: [...sum.keys, ...keys],
      tags: [...sum.tags, ...tags],
      zones: [...sum.zones, ...zones],
      actions: [...sum.actions, ...actions],
    }),
    first,
  );
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

const urlOf = (server: Server, host: string): string =>
  `http://${host}:${(server.address() as AddressInfo).port}`;

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });
}
