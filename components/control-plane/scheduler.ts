import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import { controlPlaneKeys } from "./keys.ts";
import { localKubeconfig } from "./local-kubeconfig.ts";
import type { ControlPlaneService } from "./service.ts";

/** kube-scheduler on one machine: its flags are in assets/units/kube-scheduler.service. */
export function runScheduler(
  { spec, host: { machine, binaries }, pki }: ControlPlaneService,
  opts: StepOptions,
): pulumi.Resource {
  const env = machine.privateIp.apply((privateIp) =>
    renderAsset("env/kube-scheduler.env", { privateIp }),
  );
  return runUnit(
    `${machine.node.name}-kube-scheduler`,
    {
      machine,
      unit: "kube-scheduler.service",
      healthUrl: pulumi.interpolate`https://${machine.privateIp}:10259/healthz`,
      links: binaries.links("kube-scheduler"),
      files: [
        {
          path: "/etc/kubernetes/kube-scheduler.env",
          content: env,
        },
        localKubeconfig(
          spec.clusterName,
          "/etc/kubernetes/kube-scheduler.kubeconfig",
          "system:kube-scheduler",
          "/etc/kubernetes/pki/scheduler",
        ),
      ],
      secretFiles: controlPlaneKeys(machine, pki),
    },
    opts,
  );
}
