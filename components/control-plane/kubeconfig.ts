import { serviceKubeconfig } from "../lib/kubeconfig.ts";
import type { InputFile } from "../remote/step.ts";

/** The kubeconfig of a service that talks to the API server of its own machine. */
export function localKubeconfig(
  clusterName: string,
  path: string,
  user: string,
  certificate: string,
): InputFile {
  const server = "https://127.0.0.1:6443";
  return { path, content: serviceKubeconfig({ clusterName, server, user, certificate }) };
}
