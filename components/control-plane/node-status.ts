import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { rollOut } from "../remote/rollout.ts";
import { runUnit } from "../remote/unit.ts";
import { controlPlaneKeys } from "./keys.ts";

export interface NodeStatusArgs {
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
  /** Whether etcd is saved each hour, which the Node is to say when it is not. */
  readonly hasBackups: boolean;
  /** The machines' Node objects, and the services whose health they show. */
  readonly after: readonly pulumi.Resource[];
  /** Names of the steps in the stack's state. */
  readonly existing: ReadonlySet<string>;
}

/**
 * Has every control-plane machine say in its Node how its services are, as kubelet does on a worker:
 * assets/units/node-status.service.
 */
export class NodeStatus extends pulumi.ComponentResource {
  constructor(name: string, args: NodeStatusArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:NodeStatus", name, {}, opts);
    const { hosts, existing } = args;
    rollOut({
      hosts,
      existing,
      stepOn: unitOf,
      make: (host, after) => this.#reporter(host, { ...args, after: [...args.after, ...after] }),
      healthy: (reporter) => [reporter],
    });
  }

  #reporter(host: Host, { pki, hasBackups, after }: NodeStatusArgs): pulumi.Resource {
    const { machine } = host;
    const nodeName = machine.node.name;
    const env = machine.privateIp.apply((privateIp) =>
      renderAsset("env/node-status.env", { nodeName, privateIp, hasBackups }),
    );
    return runUnit(
      unitOf(host),
      {
        machine,
        unit: "node-status.service",
        links: [],
        files: [{ path: "/etc/kubernetes/node-status.env", content: env }],
        secretFiles: controlPlaneKeys(machine, pki),
      },
      { parent: this, dependsOn: [...after] },
    );
  }
}

function unitOf({ machine }: Host): string {
  return `${machine.node.name}-node-status`;
}
