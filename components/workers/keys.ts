import type * as pulumi from "@pulumi/pulumi";
import { pairFiles, publicFile, putSecretFiles, type SecretFile } from "../remote/secret-files.ts";
import type { StepOptions } from "../remote/step.ts";
import type { WorkerArgs } from "./worker-args.ts";

const directory = "/etc/kubernetes/pki";

/** Where the certificates are that Pulumi issues to kubelet, without their endings. */
export const kubeletFiles = {
  client: `${directory}/kubelet`,
  serving: `${directory}/kubelet-serving`,
} as const;

/** Where kubelet keeps the certificates that it asked for. */
export const ownCertificates = "/var/lib/kubelet/pki";

/** One step that writes the certificates and keys of a worker. */
export function putWorkerKeys(worker: WorkerArgs, opts: StepOptions): pulumi.Resource {
  const { machine } = worker.host;
  return putSecretFiles(`${machine.node.name}-pki`, { machine, files: workerKeys(worker) }, opts);
}

/** The certificates and keys of a worker; all its services run as root. */
export function workerKeys({ host: { machine }, pki }: WorkerArgs): SecretFile[] {
  const { kubelet, kubeProxy } = pki.workerOf(machine);
  return [
    publicFile("kubernetes CA", `${directory}/ca.crt`, pki.kubernetes.trustBundle),
    ...("client" in kubelet
      ? [
          ...pairFiles("client certificate", kubeletFiles.client, kubelet.client),
          ...pairFiles("serving certificate", kubeletFiles.serving, kubelet.serving),
        ]
      : []),
    ...pairFiles("client certificate", `${directory}/kube-proxy`, kubeProxy),
  ];
}
