import * as pulumi from "@pulumi/pulumi";
import { firstOf } from "../lib/first.ts";
import { commandLine } from "../lib/shell.ts";
import { nodeRemoverUser, type ClusterPki } from "../pki/cluster-pki.ts";
import type { Machine } from "../providers/machine.ts";
import type { Host } from "../remote/host.ts";
import { pairFiles, putSecretFiles } from "../remote/secret-files.ts";
import { step } from "../remote/step.ts";
import type { ClusterSpec } from "../spec.ts";
import { localKubeconfig } from "./local-kubeconfig.ts";

export interface NodeRemovalArgs {
  readonly spec: ClusterSpec;
  /** The control plane. Its first machine does it, which stays: one that goes is no part of the plan. */
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
  /** The right to do it. */
  readonly granted: readonly pulumi.Resource[];
}

const script = "/usr/local/lib/hardway/remove-node.sh";

/**
 * What happens before a worker's machine goes: its pods move to others, then its Node object is deleted. Nothing of
 * it runs when the whole cluster goes.
 */
export class NodeRemoval extends pulumi.ComponentResource {
  /** The machine on which it is done. */
  readonly machine: Machine;
  /** Who does it can prove it. */
  readonly ready: pulumi.Resource;
  /** He may do it as well. */
  readonly granted: readonly pulumi.Resource[];

  constructor(name: string, args: NodeRemovalArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:NodeRemoval", name, {}, opts);
    const { spec, hosts, pki, granted } = args;
    const { machine, prepared } = firstOf(hosts);
    const identity = "/etc/kubernetes/pki/node-remover";
    this.machine = machine;
    this.granted = granted;
    this.ready = putSecretFiles(
      `${machine.node.name}-node-removal`,
      {
        machine,
        files: [
          ...pairFiles("client certificate", identity, pki.nodeRemover),
          localKubeconfig(
            spec.clusterName,
            "/etc/kubernetes/node-remover.kubeconfig",
            nodeRemoverUser,
            identity,
          ),
        ],
      },
      { parent: this, dependsOn: [prepared] },
    );
    this.registerOutputs({ by: machine.node.name });
  }

  /** @param workers - each by the step that made it a Node */
  drainBefore(
    workers: readonly { readonly name: string; readonly registered: pulumi.Resource }[],
  ): void {
    for (const { name, registered } of workers) {
      step(
        `${name}-drain`,
        {
          machine: this.machine,
          run: commandLine("test", "-x", script),
          onDelete: commandLine(script, name),
        },
        { parent: this, dependsOn: [this.ready, registered, ...this.granted] },
      );
    }
  }
}
