import * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import { bundle } from "../lib/bundle.ts";
import { commandLine } from "../lib/shell.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { step } from "../remote/step.ts";
import type { ClusterSpec } from "../spec.ts";
import { adminKubeconfig } from "./admin-kubeconfig.ts";
import type { ApiAddresses } from "./api-addresses.ts";
import { localKubeconfig } from "./local-kubeconfig.ts";

export interface OperatorAccessArgs {
  readonly spec: ClusterSpec;
  /** The control plane. */
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
  readonly api: ApiAddresses;
  /** The steps that end when the API servers answer. */
  readonly apiReady: readonly pulumi.Resource[];
}

/**
 * Gives the operators' group its rights, as the emergency identity of each control-plane machine, which is also there for people
 * (assets/scripts/grant-operators.sh), and then the operator a certificate of the group.
 */
export class OperatorAccess extends pulumi.ComponentResource {
  /** Secret. Of the operator and of this program. */
  readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: OperatorAccessArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:OperatorAccess", name, {}, opts);
    const { spec, hosts, pki, api, apiReady } = args;
    const content = readAsset("config/operators.yaml");
    const granted = hosts.map(({ machine }) => {
      const kubeconfig = localKubeconfig(
        spec.clusterName,
        "/etc/kubernetes/emergency.kubeconfig",
        `emergency:${machine.node.name}`,
        "/etc/kubernetes/pki/emergency",
      );
      return step(
        `${machine.node.name}-operator-access`,
        {
          machine,
          run: commandLine("/usr/local/lib/hardway/grant-operators.sh"),
          stdin: pulumi
            .output([kubeconfig, { path: "/etc/kubernetes/operators.yaml", content }])
            .apply((files) => bundle({ files })),
        },
        { parent: this, dependsOn: [...apiReady] },
      );
    });
    const admin = pki.issueOperator(granted);
    this.kubeconfig = adminKubeconfig(spec, { authority: pki.kubernetes, admin }, api);
  }
}
