import type * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import type { ControlPlaneService } from "./control-plane.ts";
import { localKubeconfig } from "./kubeconfig.ts";

/** kube-controller-manager on one machine: its flags are in assets/units/kube-controller-manager.service. */
export function runControllerManager(
  { spec, hosts, host: { machine, binaries }, pki }: ControlPlaneService,
  opts: StepOptions,
): pulumi.Resource {
  const { podCidr, nodePodPrefix, serviceCidr } = spec.network;
  const leaderElect = hosts.length > 1;
  return runUnit(
    `${machine.node.name}-kube-controller-manager`,
    {
      machine,
      unit: "kube-controller-manager.service",
      healthUrl: "https://127.0.0.1:10257/healthz",
      links: binaries.links("kube-controller-manager"),
      files: [
        {
          path: "/etc/kubernetes/kube-controller-manager.env",
          content: renderAsset("env/kube-controller-manager.env", {
            podCidr,
            nodePodPrefix,
            serviceCidr,
            leaderElect,
          }),
        },
        localKubeconfig(
          spec.clusterName,
          "/etc/kubernetes/kube-controller-manager.kubeconfig",
          "system:kube-controller-manager",
          "/etc/kubernetes/pki/controller-manager",
        ),
      ],
      restartOn: {
        "kubernetes CA": pki.kubernetes.certPem,
        "kubelet serving CA": pki.kubeletServing.certPem,
        "client certificate": pki.controlPlaneOf(machine).controllerManager.certPem,
        "service account key": pki.serviceAccount.publicKeyPem,
      },
    },
    opts,
  );
}
