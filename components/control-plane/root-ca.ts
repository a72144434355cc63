import * as pulumi from "@pulumi/pulumi";
import { bundle } from "../lib/bundle.ts";
import { sha256 } from "../lib/hash.ts";
import { isRotated } from "../facts/keys.ts";
import { commandLine } from "../lib/shell.ts";
import { onFirst, step, type StepOptions } from "../remote/step.ts";
import type { ControlPlaneArgs } from "./service.ts";

/**
 * Hash of the trust bundle of the Kubernetes CA, known once every namespace has it for its pods: assets/scripts/await-root-ca.sh.
 * Null where that was never changed.
 */
export function rootCaHash(
  { spec, hosts, pki: { kubernetes } }: Pick<ControlPlaneArgs, "spec" | "hosts" | "pki">,
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
