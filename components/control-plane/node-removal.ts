import * as pulumi from "@pulumi/pulumi";
import { commandLine } from "../lib/shell.ts";
import { nodeRemoverUser, type ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { putSecretFiles } from "../remote/secret-files.ts";
import { step } from "../remote/step.ts";
import type { ClusterSpec } from "../spec.ts";
import { localKubeconfig } from "./kubeconfig.ts";

export interface NodeRemovalArgs {
  readonly spec: ClusterSpec;
  /** The control-plane machine that does it. */
  readonly host: Host;
  readonly pki: ClusterPki;
  /** Each worker, by the step that made it a Node. */
  readonly workers: readonly { readonly name: string; readonly registered: pulumi.Resource }[];
  /** The right to do it. */
  readonly granted: readonly pulumi.Resource[];
}

const script = "/usr/local/lib/hardway/remove-node.sh";

/**
 * What happens before a worker's machine goes: its pods move to others, then its Node object is deleted. Nothing of
 * it runs when the whole cluster goes.
 */
export class NodeRemoval extends pulumi.ComponentResource {
  constructor(name: string, args: NodeRemovalArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:NodeRemoval", name, {}, opts);
    const { spec, host, pki, workers, granted } = args;
    const { machine, prepared } = host;
    const identity = "/etc/kubernetes/pki/node-remover";
    const keys = putSecretFiles(
      `${machine.node.name}-node-removal`,
      {
        machine,
        files: [
          { path: `${identity}.crt`, content: pki.nodeRemover.certPem },
          { path: `${identity}.key`, content: pki.nodeRemover.keyPem, mode: "0600" },
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
    for (const worker of workers) {
      step(
        `${worker.name}-drain`,
        {
          machine,
          run: commandLine("test", "-x", script),
          onDelete: commandLine(script, worker.name),
        },
        { parent: this, dependsOn: [keys, worker.registered, ...granted] },
      );
    }
    this.registerOutputs({});
  }
}
