import type * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import { controlPlaneKeys } from "./keys.ts";
import type { ControlPlaneService } from "./service.ts";

/** kube-apiserver on one machine: its flags are in assets/units/kube-apiserver.service. */
export function runApiServer(
  { spec, host: { machine, binaries }, pki }: ControlPlaneService,
  opts: StepOptions,
): pulumi.Resource {
  const { serviceCidr, clusterDomain } = spec.network;
  const env = machine.privateIp.apply((privateIp) =>
    renderAsset("env/kube-apiserver.env", { privateIp, serviceCidr, clusterDomain }),
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
      secretFiles: controlPlaneKeys(machine, pki),
    },
    opts,
  );
}
