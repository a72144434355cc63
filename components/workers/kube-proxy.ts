import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import { etcdReason } from "./etcd-reason.ts";
import { workerKeys } from "./keys.ts";
import { nodeKubeconfig } from "./node-kubeconfig.ts";
import type { WorkerArgs } from "./worker-args.ts";

/** kube-proxy on a worker: its settings are in assets/config/kube-proxy.yaml. */
export function runKubeProxy(args: WorkerArgs, opts: StepOptions): pulumi.Resource {
  const { spec, host } = args;
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
          content: renderAsset("env/kube-proxy.env", { nodeName }),
        },
        { path: "/etc/kubernetes/kube-proxy.yaml", content: config },
        nodeKubeconfig(args, "kube-proxy", {
          user: "system:kube-proxy",
          certificate: "/etc/kubernetes/pki/kube-proxy",
        }),
      ],
      secretFiles: workerKeys(args),
      because: etcdReason(spec),
    },
    opts,
  );
}
