import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import type * as pulumi from "@pulumi/pulumi";

/** What may be done to which objects. */
export interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly resourceNames?: string[];
  readonly verbs: string[];
}

/** A service account. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
}

export const read = ["get", "list", "watch"];

const rbac = "rbac.authorization.k8s.io";

/** Lets a service account do this everywhere. */
export function grantInCluster(
  name: string,
  { account, rules }: { readonly account: Account; readonly rules: Rule[] },
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const role = new ClusterRole(name, { metadata: { name }, rules }, child);
  return [role, ...bindInCluster(name, { account, role: name }, child)];
}

/** Gives a service account a ClusterRole that exists. */
export function bindInCluster(
  name: string,
  { account, role }: { readonly account: Account; readonly role: string },
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return [
    new ClusterRoleBinding(
      name,
      {
        metadata: { name },
        roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
        subjects: [{ kind: "ServiceAccount", ...account }],
      },
      child,
    ),
  ];
}

/** Lets a service account do this in its own namespace. */
export function grantInNamespace(
  name: string,
  { account, rules }: { readonly account: Account; readonly rules: Rule[] },
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = { name, namespace: account.namespace };
  return [
    new Role(name, { metadata, rules }, child),
    new RoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: rbac, kind: "Role", name },
        subjects: [{ kind: "ServiceAccount", ...account }],
      },
      child,
    ),
  ];
}
