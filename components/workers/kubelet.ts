import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import { nodeKubeconfig } from "./kubeconfig.ts";
import type { WorkerArgs } from "./worker.ts";

/** kubelet on a worker: its flags are in assets/units/kubelet.service, its settings in assets/config/kubelet.yaml. */
export function runKubelet(args: WorkerArgs, opts: StepOptions): pulumi.Resource {
  const { spec, host, pki, apiServer } = args;
  const { machine, binaries } = host;
  const { clusterDomain, dnsServiceIp } = spec.network;
  const { maxPods } = spec.kubelet;
  const nodeName = machine.node.name;
  const keys = pki.workerOf(machine);
  const env = pulumi
    .all({ privateIp: machine.privateIp, apiServer })
    .apply((values) => renderAsset("env/kubelet.env", { ...values, nodeName }));
  const config = machine.privateIp.apply((privateIp) =>
    renderAsset("config/kubelet.yaml", { privateIp, clusterDomain, dnsServiceIp, maxPods }),
  );
  return runUnit(
    `${nodeName}-kubelet`,
    {
      machine,
      unit: "kubelet.service",
      // Healthy is more than running: the machine is known as a Node.
      healthUrl: pulumi.interpolate`${apiServer}/api/v1/nodes/${nodeName}`,
      healthIdentity: "/etc/kubernetes/pki/kubelet",
      links: binaries.links("kubelet"),
      files: [
        { path: "/etc/kubernetes/kubelet.env", content: env },
        { path: "/etc/kubernetes/kubelet.yaml", content: config },
        nodeKubeconfig(args, "kubelet", `system:node:${nodeName}`),
      ],
      restartOn: {
        "kubernetes CA": pki.kubernetes.certPem,
        "client certificate": keys.kubelet.certPem,
        "serving certificate": keys.kubeletServing.certPem,
      },
    },
    opts,
  );
}
