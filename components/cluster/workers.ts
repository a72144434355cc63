import type * as pulumi from "@pulumi/pulumi";
import type { NodeUpgrades } from "../control-plane/node-upgrades.ts";
import type { Host } from "../remote/host.ts";
import { rollOut } from "../remote/rollout.ts";
import { Worker } from "../workers/worker.ts";
import type { WorkerArgs } from "../workers/worker-args.ts";

export interface WorkersParts extends Omit<WorkerArgs, "host" | "after"> {
  readonly hosts: readonly Host[];
  readonly upgrades: NodeUpgrades;
  readonly parent: pulumi.Resource;
}

/** The workers: new ones all at once, those that live one after the other, each in service again before the next is touched. */
export function createWorkers({ hosts, upgrades, parent, ...args }: WorkersParts): Worker[] {
  const workers = rollOut({
    hosts,
    existing: args.existing,
    stepOn: ({ machine }) => `${machine.node.name}-kubelet`,
    make: (host, before) => {
      const { name } = host.machine.node;
      const after = upgrades.cordon(name, before);
      const worker = new Worker(`${name}-services`, { ...args, host, after }, { parent });
      return { worker, inService: upgrades.uncordon(name, worker.healthy) };
    },
    healthy: ({ inService }) => [inService],
  });
  return workers.map(({ worker }) => worker);
}
