import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import type * as pulumi from "@pulumi/pulumi";

/** What may be done to which objects. */
export interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly resourceNames?: pulumi.Input<string>[];
  readonly verbs: string[];
}

/** A service account. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
}

/** Who may do something: a service account, or whoever has a certificate of this user or group. */
export type Subject = Account | { readonly user: string } | { readonly group: string };

export const read = ["get", "list", "watch"];

const rbac = "rbac.authorization.k8s.io";

/**
 * Lets somebody do this everywhere.
 * @param grant.title - name of the objects in the cluster; `name` when left out
 */
export function grantInCluster(
  name: string,
  grant: { readonly to: readonly Subject[]; readonly rules: Rule[]; readonly title?: string },
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { to, rules, title = name } = grant;
  const role = new ClusterRole(name, { metadata: { name: title }, rules }, child);
  return [role, ...bindInCluster(name, { to, role: title, title }, child)];
}

/**
 * Gives somebody a ClusterRole that exists.
 * @param grant.title - name of the binding in the cluster; `name` when left out
 */
export function bindInCluster(
  name: string,
  grant: { readonly to: readonly Subject[]; readonly role: string; readonly title?: string },
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { to, role, title = name } = grant;
  return [
    new ClusterRoleBinding(
      name,
      {
        metadata: { name: title },
        roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
        subjects: to.map(subject),
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
        subjects: [subject(account)],
      },
      child,
    ),
  ];
}

function subject(who: Subject) {
  if ("user" in who) return { apiGroup: rbac, kind: "User", name: who.user };
  if ("group" in who) return { apiGroup: rbac, kind: "Group", name: who.group };
  return { kind: "ServiceAccount", ...who };
}
