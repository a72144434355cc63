import * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import type { ControlPlaneService } from "./control-plane.ts";

/** kube-apiserver on one machine: its flags are in assets/units/kube-apiserver.service. */
export function runApiServer(
  { spec, host: { machine, binaries }, pki, etcdServers }: ControlPlaneService,
  opts: StepOptions,
): pulumi.Resource {
  const keys = pki.controlPlaneOf(machine);
  const { serviceCidr, clusterDomain } = spec.network;
  const env = pulumi
    .all({ privateIp: machine.privateIp, etcdServers })
    .apply((values) =>
      renderAsset("env/kube-apiserver.env", { ...values, serviceCidr, clusterDomain }),
    );
  return runUnit(
    `${machine.node.name}-kube-apiserver`,
    {
      machine,
      unit: "kube-apiserver.service",
      healthUrl: "https://127.0.0.1:6443/readyz",
      // kubectl is for the person who is logged in here at 2 a.m.
      links: [...binaries.links("kube-apiserver"), ...binaries.links("kubectl")],
      files: [
        { path: "/etc/kubernetes/kube-apiserver.env", content: env },
        {
          path: "/etc/kubernetes/authentication.yaml",
          content: readAsset("config/authentication.yaml"),
        },
        {
          path: "/etc/kubernetes/audit-policy.yaml",
          content: readAsset("config/audit-policy.yaml"),
        },
      ],
      restartOn: {
        "kubernetes CA": pki.kubernetes.certPem,
        "etcd CA": pki.etcd.certPem,
        "front proxy CA": pki.frontProxy.certPem,
        "kubelet serving CA": pki.kubeletServing.certPem,
        "serving certificate": keys.apiserver.certPem,
        "etcd client certificate": keys.apiserverEtcdClient.certPem,
        "kubelet client certificate": keys.apiserverKubeletClient.certPem,
        "front proxy client certificate": keys.frontProxyClient.certPem,
        "service account key": pki.serviceAccount.publicKeyPem,
      },
    },
    opts,
  );
}
