import * as pulumi from "@pulumi/pulumi";
import { bindInCluster, grantInCluster, read, type Rule } from "./access.ts";

export interface BootstrapAccessArgs {
  /** Who approves, by the name in the certificate. */
  readonly approver: string;
  /** Whose bootstrap tokens they may write and delete. */
  readonly workers: readonly { readonly tokenId: pulumi.Input<string> }[];
}

/** The group of every bootstrap token: assets/scripts/put-bootstrap-token.sh. */
const bootstrappers = "system:bootstrappers:hardway";

/**
 * Who may do what while kubelets get and renew their certificates. Upstream's `nodeclient`, by which the controller manager approves
 * the first request of any token for any node, is bound to nobody: docs/decisions/0026-tls-bootstrapping.md.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
 */
export class BootstrapAccess extends pulumi.ComponentResource {
  readonly granted: readonly pulumi.Resource[];

  constructor(name: string, args: BootstrapAccessArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:BootstrapAccess", name, {}, opts);
    const child = { parent: this };
    this.granted = [
      // To ask, and to fetch the answer.
      ...bindInCluster(
        "node-bootstrapper",
        {
          to: [{ group: bootstrappers }],
          role: "system:node-bootstrapper",
          title: "hardway:node-bootstrapper",
        },
        child,
      ),
      // Renewal: the controller manager approves it for who proves to be that node already.
      ...bindInCluster(
        "node-client-renewal",
        {
          to: [{ group: "system:nodes" }],
          role: "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
          title: "hardway:node-client-renewal",
        },
        child,
      ),
      ...grantInCluster(
        "csr-approver",
        { to: [{ user: args.approver }], rules: rulesOf(args), title: "hardway:csr-approver" },
        child,
      ),
    ];
  }
}

function rulesOf({ workers }: BootstrapAccessArgs): Rule[] {
  const group = "certificates.k8s.io";
  return [
    { apiGroups: [group], resources: ["certificatesigningrequests"], verbs: read },
    {
      apiGroups: [group],
      resources: ["certificatesigningrequests/approval"],
      verbs: ["update"],
    },
    {
      apiGroups: [group],
      resources: ["signers"],
      resourceNames: [
        "kubernetes.io/kube-apiserver-client-kubelet",
        "kubernetes.io/kubelet-serving",
      ],
      verbs: ["approve"],
    },
    { apiGroups: [""], resources: ["events"], verbs: ["create"] },
    // The tokens of the workers, and no other Secret.
    {
      apiGroups: [""],
      resources: ["secrets"],
      resourceNames: workers.map(({ tokenId }) => pulumi.interpolate`bootstrap-token-${tokenId}`),
      verbs: ["create", "patch", "delete"],
    },
  ];
}
