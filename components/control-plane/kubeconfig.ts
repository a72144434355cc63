import { kubeconfig } from "../lib/kubeconfig.ts";
import type { InputFile } from "../remote/step.ts";

/** The kubeconfig of a service that talks to the API server of its own machine; it names its keys, so it is no secret. */
export function localKubeconfig(
  clusterName: string,
  path: string,
  user: string,
  certificate: string,
): InputFile {
  return {
    path,
    content: kubeconfig({
      clusterName,
      server: "https://127.0.0.1:6443",
      user,
      identity: {
        caFile: "/etc/kubernetes/pki/ca.crt",
        certificateFile: `${certificate}.crt`,
        keyFile: `${certificate}.key`,
      },
    }),
  };
}
