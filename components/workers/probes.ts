import * as pulumi from "@pulumi/pulumi";
import { commandLine } from "../lib/shell.ts";
import type { Machine } from "../providers/machine.ts";
import { step, type StepOptions } from "../remote/step.ts";

/**
 * One step per worker that names every node which Pods of that worker cannot reach: assets/scripts/probe-pod-network.sh.
 * An answer goes the same way back, so each asks the nodes before it only; a new worker makes no other one ask again.
 * @param nodes - the control plane's machines, then the workers' in the order of the config
 */
export function probePodNetwork(nodes: readonly Machine[], opts: StepOptions): pulumi.Resource[] {
  return nodes.flatMap((machine, index) => {
    const { name, role } = machine.node;
    if (role !== "worker") return [];
    const peers = nodes
      .slice(0, index)
      .map((peer) => pulumi.interpolate`${peer.node.name}=${peer.privateIp}`);
    const run = pulumi
      .all(peers)
      .apply((all) => commandLine("/usr/local/lib/hardway/probe-pod-network.sh", name, ...all));
    return [step(`${name}-pod-network`, { machine, run }, opts)];
  });
}

export interface DnsProbeArgs {
  readonly workers: readonly Machine[];
  /** Address of cluster DNS. */
  readonly server: string;
  /** A name outside of the cluster. */
  readonly name: pulumi.Input<string>;
}

/** One step per worker that asks cluster DNS for an outside name; nothing waits for it: assets/scripts/probe-dns.sh. */
export function probeDns({ workers, server, name }: DnsProbeArgs, opts: StepOptions): void {
  const script = "/usr/local/lib/hardway/probe-dns.sh";
  for (const machine of workers) {
    const run = pulumi
      .output(name)
      .apply((outside) => commandLine(script, machine.node.name, server, outside));
    step(`${machine.node.name}-dns`, { machine, run }, opts);
  }
}
