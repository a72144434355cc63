import * as pulumi from "@pulumi/pulumi";
import { localApiServer } from "../facts/local-api.ts";
import { renderAsset } from "../lib/render.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import { bootstrapReason } from "./bootstrap.ts";
import { etcdReason } from "./etcd-reason.ts";
import { kubeletFiles, ownCertificates, workerKeys } from "./keys.ts";
import { nodeKubeconfig } from "./node-kubeconfig.ts";
import type { WorkerArgs } from "./worker-args.ts";

/** kubelet on a worker: its flags are in assets/units/kubelet.service, its settings in assets/config/kubelet.yaml. */
export function runKubelet(args: WorkerArgs, opts: StepOptions): pulumi.Resource {
  const { spec, host } = args;
  const { machine, binaries } = host;
  const { clusterDomain, dnsServiceIp } = spec.network;
  const { maxPods, certificates } = spec.kubelet;
  const isBootstrapped = certificates === "bootstrap";
  const nodeName = machine.node.name;
  const env = machine.privateIp.apply((privateIp) =>
    renderAsset("env/kubelet.env", { privateIp, nodeName }),
  );
  const config = pulumi
    .all({ privateIp: machine.privateIp, providerId: machine.providerId ?? "" })
    .apply((values) =>
      renderAsset("config/kubelet.yaml", {
        ...values,
        clusterDomain,
        dnsServiceIp,
        maxPods,
        isBootstrapped: String(isBootstrapped),
        certificateFile: isBootstrapped ? "" : `${kubeletFiles.serving}.crt`,
        keyFile: isBootstrapped ? "" : `${kubeletFiles.serving}.key`,
      }),
    );
  return runUnit(
    `${nodeName}-kubelet`,
    {
      machine,
      unit: "kubelet.service",
      // Healthy is more than running: the machine is known as a Node, which is Ready if it can be.
      healthCheck: [
        "/usr/local/lib/hardway/kubelet-healthy.sh",
        localApiServer,
        nodeName,
        ...(isBootstrapped ? [ownCertificates] : []),
      ],
      links: binaries.links("kubelet"),
      files: [
        { path: "/etc/kubernetes/kubelet.env", content: env },
        { path: "/etc/kubernetes/kubelet.yaml", content: config },
        nodeKubeconfig(args, "kubelet", {
          user: `system:node:${nodeName}`,
          certificate: isBootstrapped
            ? `${ownCertificates}/kubelet-client-current.pem`
            : kubeletFiles.client,
        }),
      ],
      secretFiles: [...workerKeys(args), ...bootstrapReason(args)],
      because: etcdReason(spec),
    },
    opts,
  );
}
