import * as pulumi from "@pulumi/pulumi";
import { bindInCluster } from "./access.ts";

/** Lets the API server call kubelets: without it there are no logs, no exec and no port-forward. */
export class KubeletAccess extends pulumi.ComponentResource {
  /** @param args.user - the name in the API servers' client certificates */
  constructor(
    name: string,
    { user }: { readonly user: string },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:addons:KubeletAccess", name, {}, opts);
    bindInCluster(
      name,
      {
        to: [{ user }],
        role: "system:kubelet-api-admin",
        title: "hardway:kube-apiserver-to-kubelet",
      },
      { parent: this },
    );
  }
}
