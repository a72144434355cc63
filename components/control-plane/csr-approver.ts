import * as pulumi from "@pulumi/pulumi";
import type { BootstrappedWorker } from "../pki/cluster-pki.ts";
import type { KeyPair } from "../pki/key-pair.ts";
import type { Host } from "../remote/host.ts";
import { pairFiles, putSecretFiles, type SecretFile } from "../remote/secret-files.ts";
import { runUnit } from "../remote/unit.ts";

export interface CsrApproverArgs {
  readonly hosts: readonly Host[];
  /** Whose it is. */
  readonly identity: KeyPair;
  readonly workers: readonly BootstrappedWorker[];
  /** The right to do it. */
  readonly granted: readonly pulumi.Resource[];
}

/**
 * Approves on every control-plane machine what the kubelets of the workers ask for, when it is what this very machine may have:
 * assets/scripts/approve-csrs.sh.
 */
export class CsrApprover extends pulumi.ComponentResource {
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: CsrApproverArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:CsrApprover", name, {}, opts);
    const { hosts, identity, granted } = args;
    // systemd hands over a copy at the start: another certificate is a restart.
    const pair = pairFiles("client certificate", "/etc/kubernetes/pki/csr-approver", identity).map(
      (file): SecretFile => ({ ...file, isReread: false }),
    );
    const content = nodesOf(args);
    this.ready = hosts.map(({ machine, prepared }) => {
      const id = `${machine.node.name}-csr-approver`;
      const keys = putSecretFiles(
        `${id}-pki`,
        { machine, files: pair },
        { parent: this, dependsOn: [prepared] },
      );
      return runUnit(
        id,
        {
          machine,
          unit: "csr-approver.service",
          links: [],
          files: [{ path: "/etc/kubernetes/csr-approver.nodes", content }],
          secretFiles: pair,
        },
        { parent: this, dependsOn: [keys, ...granted] },
      );
    });
  }
}

/** A line for each worker: its name, its address, the id of its bootstrap token. */
function nodesOf({ workers }: CsrApproverArgs): pulumi.Output<string> {
  const lines = workers.map(
    ({ name, address, tokenId }) => pulumi.interpolate`${name} ${address} ${tokenId}\n`,
  );
  return pulumi.all(lines).apply((all) => all.join(""));
}
