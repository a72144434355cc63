import * as pulumi from "@pulumi/pulumi";
import { bundle } from "../lib/bundle.ts";
import { sha256 } from "../lib/hash.ts";
import { isRotated } from "../facts/keys.ts";
import { commandLine } from "../lib/shell.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { onFirst, step, type StepOptions } from "../remote/step.ts";
import type { ClusterSpec } from "../spec.ts";

export interface RootCaArgs {
  readonly spec: ClusterSpec;
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
}

/**
 * Hash of the trust bundle of the Kubernetes CA, known once every namespace has it for its pods: assets/scripts/await-root-ca.sh.
 * Null where that was never changed.
 */
export function rootCaHash(
  { spec, hosts, pki: { kubernetes } }: RootCaArgs,
  opts: StepOptions,
): pulumi.Output<string> | null {
  if (!isRotated(spec.keys.kubernetesCa)) return null;
  const hash = kubernetes.trustBundle.apply(sha256);
  const published = step(
    "root-ca",
    {
      machine: onFirst(hosts.map(({ machine }) => machine)),
      run: commandLine("/usr/local/lib/hardway/await-root-ca.sh"),
      // It runs again for another bundle.
      stdin: hash.apply((it) => bundle({ because: [`kubernetes CA ${it}`] })),
    },
    opts,
  );
  return pulumi.all([hash, published.id]).apply(([it]) => it);
}
