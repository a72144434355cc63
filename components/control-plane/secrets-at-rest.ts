import type * as pulumi from "@pulumi/pulumi";
import { firstOf } from "../lib/first.ts";
import { isRotated } from "../facts/keys.ts";
import { commandLine } from "../lib/shell.ts";
import { onFirst, step, type StepOptions } from "../remote/step.ts";
import type { ControlPlaneArgs } from "./service.ts";

/**
 * One step that ends when every Secret in etcd is encrypted with the key that is in use, so that the others may go in a later run:
 * assets/scripts/rewrite-secrets.sh. None where the key was never changed.
 */
export function rewriteSecrets(
  { spec, hosts, pki: { encryption } }: Pick<ControlPlaneArgs, "spec" | "hosts" | "pki">,
  opts: StepOptions,
): pulumi.Resource[] {
  if (!isRotated(spec.keys.encryption)) return [];
  const run = commandLine("/usr/local/lib/hardway/rewrite-secrets.sh", firstOf(encryption).name);
  const machine = onFirst(hosts.map((host) => host.machine));
  return [step("secrets-rewritten", { machine, run }, opts)];
}
