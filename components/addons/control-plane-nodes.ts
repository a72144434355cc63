import { Node } from "@pulumi/kubernetes/core/v1/node.js";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../providers/machine.ts";

export interface ControlPlaneNodesArgs {
  readonly machines: readonly Machine[];
  /** What must be there before the first Node is: what keeps pods away from it. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * A Node object for each control-plane machine, though it has no kubelet: flanneld there needs one that has a range of pod
 * addresses. How the machine is, its own service says there (components/control-plane/node-status.ts); it is kept out of
 * everything that counts or uses nodes.
 */
export class ControlPlaneNodes extends pulumi.ComponentResource {
  readonly nodes: readonly pulumi.Resource[];

  constructor(
    name: string,
    { machines, after }: ControlPlaneNodesArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:addons:ControlPlaneNodes", name, {}, opts);
    this.nodes = machines.map(
      ({ node, providerId }) =>
        new Node(
          node.name,
          {
            metadata: {
              name: node.name,
              labels: {
                "kubernetes.io/hostname": node.name,
                "node-role.kubernetes.io/control-plane": "",
                // With several of these not Ready, the controller manager would take it for a failure of the whole zone and stop
                // moving pods away from dead workers.
                "node.kubernetes.io/exclude-disruption": "true",
                "node.kubernetes.io/exclude-from-external-load-balancers": "true",
              },
            },
            spec: {
              ...(providerId === undefined ? {} : { providerID: providerId }),
              unschedulable: true,
              taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
            },
          },
          // The controller manager adds taints of its own to this list. A providerID cannot change; that of a Node without one may
          // be set, as docs/nodes.md says, by hand.
          {
            parent: this,
            dependsOn: [...after],
            ignoreChanges: ["spec.taints", "spec.providerID"],
          },
        ),
    );
  }
}
