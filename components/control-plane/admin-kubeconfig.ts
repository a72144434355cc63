import * as pulumi from "@pulumi/pulumi";
import { kubeconfig } from "../lib/kubeconfig.ts";
import type { Authority } from "../pki/authority.ts";
import type { KeyPair } from "../pki/key-pair.ts";
import type { ClusterSpec } from "../spec.ts";
import type { ApiAddresses } from "./api-addresses.ts";

/**
 * The kubeconfig of the operator and of this program, secret: a context named like the cluster, and one more for each machine to
 * which that one never leads.
 */
export function adminKubeconfig(
  { clusterName }: ClusterSpec,
  { authority, admin }: { readonly authority: Authority; readonly admin: KeyPair },
  { operator, byMaster, others }: ApiAddresses,
): pulumi.Output<string> {
  const more = others.map((master) =>
    pulumi.output({ name: `${clusterName}-${master}`, server: byMaster[master] ?? operator }),
  );
  const parts = pulumi.all([
    operator,
    pulumi.all(more),
    authority.trustBundle,
    admin.certPem,
    admin.keyPem,
  ]);
  return pulumi.secret(
    parts.apply(([server, otherServers, caPem, certificatePem, keyPem]) =>
      kubeconfig({
        clusterName,
        server,
        user: "kubernetes-admin",
        identity: { caPem, certificatePem, keyPem },
        others: otherServers,
      }),
    ),
  );
}
