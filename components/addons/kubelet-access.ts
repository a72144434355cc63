import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import * as pulumi from "@pulumi/pulumi";

/** Lets the API server call kubelets: without it there are no logs, no exec and no port-forward. */
export class KubeletAccess extends pulumi.ComponentResource {
  /** @param args.user - the name in the API servers' client certificates */
  constructor(
    name: string,
    { user }: { readonly user: string },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:addons:KubeletAccess", name, {}, opts);
    new ClusterRoleBinding(
      name,
      {
        metadata: { name: "hardway:kube-apiserver-to-kubelet" },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: "system:kubelet-api-admin",
        },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
