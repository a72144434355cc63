import { serviceKubeconfig } from "../lib/kubeconfig.ts";
import { localApiServer } from "../facts/local-api.ts";
import type { InputFile } from "../remote/step.ts";
import type { WorkerArgs } from "./worker-args.ts";

/**
 * The kubeconfig of a worker's service: it asks the balancer of its own machine.
 * @param certificate - as `serviceKubeconfig` wants it
 */
export function nodeKubeconfig(
  { spec: { clusterName } }: WorkerArgs,
  service: "kubelet" | "kube-proxy",
  { user, certificate }: { readonly user: string; readonly certificate: string },
): InputFile {
  return {
    path: `/etc/kubernetes/${service}.kubeconfig`,
    content: serviceKubeconfig({ clusterName, server: localApiServer, user, certificate }),
  };
}
