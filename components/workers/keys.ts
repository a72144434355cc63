import type * as pulumi from "@pulumi/pulumi";
import { putSecretFiles } from "../remote/secret-files.ts";
import type { StepOptions } from "../remote/step.ts";
import type { WorkerArgs } from "./worker.ts";

const directory = "/etc/kubernetes/pki";

/** The certificates and keys of a worker; all its services run as root. */
export function putWorkerKeys(
  { host: { machine }, pki }: WorkerArgs,
  opts: StepOptions,
): pulumi.Resource {
  const { kubelet, kubeletServing, kubeProxy } = pki.workerOf(machine);
  const pairs = { kubelet, "kubelet-serving": kubeletServing, "kube-proxy": kubeProxy };
  const files = Object.entries(pairs).flatMap(([name, pair]) => [
    { path: `${directory}/${name}.crt`, content: pair.certPem },
    { path: `${directory}/${name}.key`, content: pair.keyPem, mode: "0600" as const },
  ]);
  return putSecretFiles(
    `${machine.node.name}-pki`,
    {
      machine,
      files: [{ path: `${directory}/ca.crt`, content: pki.kubernetes.certPem }, ...files],
    },
    opts,
  );
}
