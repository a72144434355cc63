import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import { controlPlaneKeys } from "./keys.ts";
import { localKubeconfig } from "./local-kubeconfig.ts";
import type { ControlPlaneService } from "./service.ts";

/** kube-controller-manager on one machine: its flags are in assets/units/kube-controller-manager.service. */
export function runControllerManager(
  { spec, host: { machine, binaries }, pki }: ControlPlaneService,
  opts: StepOptions,
): pulumi.Resource {
  const { podCidr, nodePodPrefix, serviceCidr } = spec.network;
  const env = machine.privateIp.apply((privateIp) =>
    renderAsset("env/kube-controller-manager.env", {
      privateIp,
      podCidr,
      nodePodPrefix,
      serviceCidr,
    }),
  );
  return runUnit(
    `${machine.node.name}-kube-controller-manager`,
    {
      machine,
      unit: "kube-controller-manager.service",
      healthUrl: pulumi.interpolate`https://${machine.privateIp}:10257/healthz`,
      links: binaries.links("kube-controller-manager"),
      files: [
        {
          path: "/etc/kubernetes/kube-controller-manager.env",
          content: env,
        },
        localKubeconfig(
          spec.clusterName,
          "/etc/kubernetes/kube-controller-manager.kubeconfig",
          "system:kube-controller-manager",
          "/etc/kubernetes/pki/controller-manager",
        ),
      ],
      secretFiles: controlPlaneKeys(machine, pki),
    },
    opts,
  );
}
