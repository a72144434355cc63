import { serviceKubeconfig } from "../lib/kubeconfig.ts";
import { localApiServer } from "../facts/local-api.ts";
import type { InputFile } from "../remote/step.ts";

/** The kubeconfig of a service that talks to the API server of its own machine. */
export function localKubeconfig(
  clusterName: string,
  path: string,
  user: string,
  certificate: string,
): InputFile {
  const content = serviceKubeconfig({ clusterName, server: localApiServer, user, certificate });
  return { path, content };
}
