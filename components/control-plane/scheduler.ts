import type * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import type { ControlPlaneService } from "./control-plane.ts";
import { localKubeconfig } from "./kubeconfig.ts";

/** kube-scheduler on one machine: its flags are in assets/units/kube-scheduler.service. */
export function runScheduler(
  { spec, hosts, host: { machine, binaries }, pki }: ControlPlaneService,
  opts: StepOptions,
): pulumi.Resource {
  return runUnit(
    `${machine.node.name}-kube-scheduler`,
    {
      machine,
      unit: "kube-scheduler.service",
      healthUrl: "https://127.0.0.1:10259/healthz",
      links: binaries.links("kube-scheduler"),
      files: [
        {
          path: "/etc/kubernetes/kube-scheduler.env",
          content: renderAsset("env/kube-scheduler.env", { leaderElect: hosts.length > 1 }),
        },
        localKubeconfig(
          spec.clusterName,
          "/etc/kubernetes/kube-scheduler.kubeconfig",
          "system:kube-scheduler",
          "/etc/kubernetes/pki/scheduler",
        ),
      ],
      restartOn: {
        "kubernetes CA": pki.kubernetes.certPem,
        "client certificate": pki.controlPlaneOf(machine).scheduler.certPem,
      },
    },
    opts,
  );
}
