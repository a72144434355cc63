import { kubeconfig } from "../lib/kubeconfig.ts";
import type { InputFile } from "../remote/step.ts";
import type { WorkerArgs } from "./worker.ts";

/** The kubeconfig of a worker's service; it names its keys, so it is no secret. */
export function nodeKubeconfig(
  { spec, apiServer }: WorkerArgs,
  service: "kubelet" | "kube-proxy",
  user: string,
): InputFile {
  const content = apiServer.apply((server) =>
    kubeconfig({
      clusterName: spec.clusterName,
      server,
      user,
      identity: {
        caFile: "/etc/kubernetes/pki/ca.crt",
        certificateFile: `/etc/kubernetes/pki/${service}.crt`,
        keyFile: `/etc/kubernetes/pki/${service}.key`,
      },
    }),
  );
  return { path: `/etc/kubernetes/${service}.kubeconfig`, content };
}
