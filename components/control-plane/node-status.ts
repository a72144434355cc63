import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { runUnit } from "../remote/unit.ts";
import { controlPlaneKeys } from "./keys.ts";

export interface NodeStatusArgs {
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
  /** Whether etcd is saved each hour, which the Node is to say when it is not. */
  readonly hasBackups: boolean;
  /** The machines' Node objects, and the services whose health they show. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Has every control-plane machine say in its Node how its services are, as kubelet does on a worker:
 * assets/units/node-status.service.
 */
export class NodeStatus extends pulumi.ComponentResource {
  /** The steps that end when the Nodes are Ready. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: NodeStatusArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:NodeStatus", name, {}, opts);
    const { hosts, pki, hasBackups, after } = args;
    this.ready = hosts.map(({ machine }) => {
      const nodeName = machine.node.name;
      const env = machine.privateIp.apply((privateIp) =>
        renderAsset("env/node-status.env", { nodeName, privateIp, hasBackups }),
      );
      return runUnit(
        `${nodeName}-node-status`,
        {
          machine,
          unit: "node-status.service",
          links: [],
          files: [
            {
              path: "/etc/kubernetes/node-status.env",
              content: env,
            },
          ],
          secretFiles: controlPlaneKeys(machine, pki),
        },
        { parent: this, dependsOn: [...after] },
      );
    });
    this.registerOutputs({});
  }
}
