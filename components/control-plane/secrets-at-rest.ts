import type * as pulumi from "@pulumi/pulumi";
import { firstOf } from "../lib/first.ts";
import { isRotated } from "../facts/keys.ts";
import { commandLine } from "../lib/shell.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { onFirst, step, type StepOptions } from "../remote/step.ts";
import type { ClusterSpec } from "../spec.ts";

export interface SecretsAtRestArgs {
  readonly spec: ClusterSpec;
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
}

/**
 * One step that ends when every Secret in etcd is encrypted with the key that is in use, so that the others may go in a later run:
 * assets/scripts/rewrite-secrets.sh. None where the key was never changed.
 */
export function rewriteSecrets(
  { spec, hosts, pki: { encryption } }: SecretsAtRestArgs,
  opts: StepOptions,
): pulumi.Resource[] {
  if (!isRotated(spec.keys.encryption)) return [];
  const run = commandLine("/usr/local/lib/hardway/rewrite-secrets.sh", firstOf(encryption).name);
  const machine = onFirst(hosts.map((host) => host.machine));
  return [step("secrets-rewritten", { machine, run }, opts)];
}
