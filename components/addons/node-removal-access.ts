import * as pulumi from "@pulumi/pulumi";
import { grantInCluster } from "./access.ts";

/** What `kubectl drain` and `kubectl delete node` ask for, and no more. */
const rules = [
  { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "delete"] },
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"] },
];

/** Lets the control plane drain a worker, and delete its Node, before its machine goes: assets/scripts/remove-node.sh. */
export class NodeRemovalAccess extends pulumi.ComponentResource {
  readonly granted: readonly pulumi.Resource[];

  /** @param args.user - the name in the certificate with which it is done */
  constructor(
    name: string,
    { user }: { readonly user: string },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:addons:NodeRemovalAccess", name, {}, opts);
    this.granted = grantInCluster(
      name,
      { to: [{ user }], rules, title: "hardway:node-remover" },
      { parent: this },
    );
  }
}
