import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import { nodeKubeconfig } from "./kubeconfig.ts";
import type { WorkerArgs } from "./worker.ts";

/** kube-proxy on a worker: its settings are in assets/config/kube-proxy.yaml. */
export function runKubeProxy(args: WorkerArgs, opts: StepOptions): pulumi.Resource {
  const { spec, host, pki, apiServer } = args;
  const { machine, binaries } = host;
  const { podCidr } = spec.network;
  const nodeName = machine.node.name;
  const config = machine.privateIp.apply((privateIp) =>
    renderAsset("config/kube-proxy.yaml", { podCidr, privateIp }),
  );
  return runUnit(
    `${nodeName}-kube-proxy`,
    {
      machine,
      unit: "kube-proxy.service",
      healthUrl: pulumi.interpolate`http://${machine.privateIp}:10256/healthz`,
      links: binaries.links("kube-proxy"),
      files: [
        {
          path: "/etc/kubernetes/kube-proxy.env",
          content: apiServer.apply((url) =>
            renderAsset("env/kube-proxy.env", { nodeName, apiServer: url }),
          ),
        },
        { path: "/etc/kubernetes/kube-proxy.yaml", content: config },
        nodeKubeconfig(args, "kube-proxy", "system:kube-proxy"),
      ],
      restartOn: {
        "kubernetes CA": pki.kubernetes.certPem,
        "client certificate": pki.workerOf(machine).kubeProxy.certPem,
      },
    },
    opts,
  );
}
