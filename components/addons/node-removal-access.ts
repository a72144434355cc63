import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import * as pulumi from "@pulumi/pulumi";

/** What `kubectl drain` and `kubectl delete node` ask for, and no more. */
const rules = [
  { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "delete"] },
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"] },
];

/** Lets the control plane empty and forget a worker before its machine goes: assets/scripts/remove-node.sh. */
export class NodeRemovalAccess extends pulumi.ComponentResource {
  readonly granted: readonly pulumi.Resource[];

  /** @param args.user - the name in the certificate with which it is done */
  constructor(
    name: string,
    { user }: { readonly user: string },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:addons:NodeRemovalAccess", name, {}, opts);
    const child = { parent: this };
    const metadata = { name: "hardway:node-remover" };
    const role = new ClusterRole(name, { metadata, rules }, child);
    const binding = new ClusterRoleBinding(
      name,
      {
        metadata,
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: role.metadata.name,
        },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
      },
      child,
    );
    this.granted = [role, binding];
    this.registerOutputs({});
  }
}
