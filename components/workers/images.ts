import type * as pulumi from "@pulumi/pulumi";
import { imageNamed } from "../lib/artifacts.ts";
import { commandLine } from "../lib/shell.ts";
import { step, type StepOptions } from "../remote/step.ts";
import type { ClusterSpec } from "../spec.ts";
import type { WorkerArgs } from "./worker.ts";

/** One step that fetches the images of the pods that run on every worker; nothing waits for it. */
export function pullImages(
  { spec, host: { machine } }: WorkerArgs,
  opts: StepOptions,
): pulumi.Resource {
  const images = onEveryWorker(spec).map((name) => imageNamed(spec.artifacts.images, name));
  return step(
    `${machine.node.name}-images`,
    {
      machine,
      run: commandLine("/usr/local/lib/hardway/pull-images.sh", ...images.map(asContainerdKeepsIt)),
    },
    opts,
  );
}

/** In the order in which they are needed. */
function onEveryWorker({ addons: { flannel, coredns, ingress, demo } }: ClusterSpec): string[] {
  return [
    "pause",
    ...(flannel.isEnabled ? ["flannel-cni-plugin", "flannel"] : []),
    ...(coredns.isEnabled ? ["coredns"] : []),
    ...(ingress.isEnabled ? [ingress.controller === "nginx" ? "nginx-ingress" : "traefik"] : []),
    ...(demo === null ? [] : ["caddy"]),
  ];
}

/** kubelet looks for `name@digest` when a pod says `name:tag@digest`. */
function asContainerdKeepsIt(reference: string): string {
  return reference.replace(/:[^:/@]+@/, "@");
}
