import type * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import { putSecretFiles } from "../remote/secret-files.ts";
import type { InputFile, StepOptions } from "../remote/step.ts";
import type { ControlPlaneService } from "./control-plane.ts";

const directory = "/etc/kubernetes/pki";

/** The certificates and keys of a control-plane machine, each readable only by the service that needs it. */
export function putControlPlaneKeys(
  { host: { machine }, pki }: ControlPlaneService,
  opts: StepOptions,
): pulumi.Resource {
  const keys = pki.controlPlaneOf(machine);
  const files = [
    certificate("ca", pki.kubernetes),
    certificate("etcd-ca", pki.etcd),
    certificate("front-proxy-ca", pki.frontProxy),
    certificate("kubelet-serving-ca", pki.kubeletServing),
    // These two sign what the certificates API approves.
    key("ca", pki.kubernetes, "kube-controller-manager"),
    key("kubelet-serving-ca", pki.kubeletServing, "kube-controller-manager"),
    ...pair("apiserver", keys.apiserver, "kube-apiserver"),
    ...pair("apiserver-etcd-client", keys.apiserverEtcdClient, "kube-apiserver"),
    ...pair("apiserver-kubelet-client", keys.apiserverKubeletClient, "kube-apiserver"),
    ...pair("front-proxy-client", keys.frontProxyClient, "kube-apiserver"),
    ...pair("controller-manager", keys.controllerManager, "kube-controller-manager"),
    ...pair("scheduler", keys.scheduler, "kube-scheduler"),
    { path: `${directory}/service-account.pub`, content: pki.serviceAccount.publicKeyPem },
    {
      path: `${directory}/service-account.key`,
      content: pki.serviceAccount.privateKeyPem,
      // The API server signs the tokens that are asked for, the controller manager those of Secrets.
      mode: "0640",
      owner: "kube-apiserver:kube-controller-manager",
    },
    {
      path: "/etc/kubernetes/encryption.yaml",
      content: pki.encryptionKey.apply((encryptionKey) =>
        renderAsset("config/encryption.yaml", { encryptionKey }),
      ),
      mode: "0600",
      owner: "kube-apiserver:kube-apiserver",
    },
  ] satisfies InputFile[];
  return putSecretFiles(`${machine.node.name}-control-plane-pki`, { machine, files }, opts);
}

interface Pair {
  readonly certPem: pulumi.Output<string>;
  readonly keyPem: pulumi.Output<string>;
}

function certificate(name: string, { certPem }: Pair): InputFile {
  return { path: `${directory}/${name}.crt`, content: certPem };
}

function key(name: string, { keyPem }: Pair, user: string): InputFile {
  return {
    path: `${directory}/${name}.key`,
    content: keyPem,
    mode: "0600",
    owner: `${user}:${user}`,
  };
}

function pair(name: string, both: Pair, user: string): InputFile[] {
  return [certificate(name, both), key(name, both, user)];
}
