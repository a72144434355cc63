import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { Authority } from "../pki/authority.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { EncryptionKey } from "../pki/encryption-keys.ts";
import type { ServiceAccountKeys } from "../pki/service-account-keys.ts";
import type { Machine } from "../providers/machine.ts";
import {
  pairFiles,
  publicFile,
  putSecretFiles,
  type PemPair,
  type SecretFile,
} from "../remote/secret-files.ts";
import type { StepOptions } from "../remote/step.ts";

const directory = "/etc/kubernetes/pki";

/**
 * One step that writes the certificates and keys of a control-plane machine; without what signs for the certificates API once that
 * has changed, which `putSigners` writes.
 */
export function putControlPlaneKeys(
  machine: Machine,
  pki: ClusterPki,
  opts: StepOptions,
): pulumi.Resource {
  const files = hasOwnSigners(pki)
    ? ownKeys(machine, pki)
    : [...ownKeys(machine, pki), ...signerKeys(pki)];
  return putSecretFiles(`${machine.node.name}-control-plane-pki`, { machine, files }, opts);
}

/** One step that writes what signs for the certificates API: nothing leads from there to an older generation. */
export function putSigners(machine: Machine, pki: ClusterPki, opts: StepOptions): pulumi.Resource {
  return putSecretFiles(`${machine.node.name}-signers`, { machine, files: signerKeys(pki) }, opts);
}

/** Whether what signs for the certificates API is, or was, another than the first. */
export function hasOwnSigners({ kubernetes, kubeletServing }: ClusterPki): boolean {
  return kubernetes.generation > 1 || kubeletServing.generation > 1;
}

/** The certificates and keys of a control-plane machine, each readable only by the service that needs it. */
export function controlPlaneKeys(machine: Machine, pki: ClusterPki): SecretFile[] {
  return [...ownKeys(machine, pki), ...signerKeys(pki)];
}

function signerKeys({ kubernetes, kubeletServing }: ClusterPki): SecretFile[] {
  return [
    ...signer("kubernetes CA", "ca", kubernetes),
    ...signer("kubelet serving CA", "kubelet-serving-ca", kubeletServing),
  ];
}

function ownKeys(machine: Machine, pki: ClusterPki): SecretFile[] {
  const keys = pki.controlPlaneOf(machine);
  return [
    trustBundle("kubernetes CA", "ca", pki.kubernetes),
    trustBundle("etcd CA", "etcd-ca", pki.etcd),
    trustBundle("front proxy CA", "front-proxy-ca", pki.frontProxy),
    trustBundle("kubelet serving CA", "kubelet-serving-ca", pki.kubeletServing),
    ...apiServerPair("serving certificate", "apiserver", keys.apiserver),
    ...apiServerPair("etcd client certificate", "apiserver-etcd-client", keys.apiserverEtcdClient),
    ...apiServerPair(
      "kubelet client certificate",
      "apiserver-kubelet-client",
      keys.apiserverKubeletClient,
    ),
    ...apiServerPair("front proxy client certificate", "front-proxy-client", keys.frontProxyClient),
    ...clientPair("controller-manager", keys.controllerManager, "kube-controller-manager"),
    ...clientPair("scheduler", keys.scheduler, "kube-scheduler"),
    ...clientPair("node-status", keys.nodeStatus, "root"),
    ...clientPair("emergency", keys.emergency, "root"),
    ...serviceAccountKeys(pki.serviceAccount),
    encryption(pki.encryption),
  ];
}

function trustBundle(what: string, name: string, authority: Authority): SecretFile {
  return publicFile(what, `${directory}/${name}.crt`, authority.trustBundle);
}

/** The certificate that signs stands alone in its file, whatever else is trusted: kube-controller-manager wants exactly one. */
function signer(
  what: string,
  name: string,
  { signer: { certPem, keyPem } }: Authority,
): SecretFile[] {
  const owner = "kube-controller-manager:kube-controller-manager";
  const key = { path: `${directory}/${name}.key`, content: keyPem, mode: "0600", owner } as const;
  return [
    publicFile(what, `${directory}/${name}-signer.crt`, certPem),
    { what, ...key, shownBy: certPem },
  ];
}

function apiServerPair(what: string, name: string, pair: PemPair): SecretFile[] {
  return pairFiles(what, `${directory}/${name}`, pair, "kube-apiserver");
}

function clientPair(name: string, pair: PemPair, user: string): SecretFile[] {
  return pairFiles("client certificate", `${directory}/${name}`, pair, user);
}

function serviceAccountKeys({ signer, verifiers }: ServiceAccountKeys): SecretFile[] {
  const what = "service account key";
  return [
    publicFile(what, `${directory}/service-account.pub`, verifiers),
    {
      what,
      path: `${directory}/service-account.key`,
      content: signer.privateKeyPem,
      // The API server signs the tokens that are asked for, the controller manager those of Secrets.
      mode: "0640",
      owner: "kube-apiserver:kube-controller-manager",
      shownBy: signer.publicKeyPem,
    },
  ];
}

function encryption(keys: readonly EncryptionKey[]): SecretFile {
  return {
    what: "encryption keys",
    path: "/etc/kubernetes/encryption.yaml",
    // JSON in one line: a list of any length in a file that is YAML.
    content: pulumi
      .output(keys.map(({ name, secret }) => ({ name, secret })))
      .apply((list) => renderAsset("config/encryption.yaml", { keys: JSON.stringify(list) })),
    mode: "0600",
    owner: "kube-apiserver:kube-apiserver",
    shownBy: keys.map(({ name }) => name).join(" "),
    // Within a minute; but once there are others, the end of the step is to be the end of the change.
    isReread: keys.length === 1 && keys[0]?.name === "key-1",
  };
}
