import { serviceKubeconfig } from "../lib/kubeconfig.ts";
import type { InputFile } from "../remote/step.ts";
import type { WorkerArgs } from "./worker.ts";

/** The kubeconfig of a worker's service. */
export function nodeKubeconfig(
  { spec: { clusterName }, apiServer }: WorkerArgs,
  service: "kubelet" | "kube-proxy",
  user: string,
): InputFile {
  const certificate = `/etc/kubernetes/pki/${service}`;
  return {
    path: `/etc/kubernetes/${service}.kubeconfig`,
    content: apiServer.apply((server) =>
      serviceKubeconfig({ clusterName, server, user, certificate }),
    ),
  };
}
