import * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import type { Machine } from "../providers/machine.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import { workerKeys } from "./keys.ts";
import type { WorkerArgs } from "./worker-args.ts";

const config = "/etc/kubernetes/api-balancer.cfg";

/**
 * The way of a worker's daemons to the API, past control-plane machines that are down: assets/config/api-balancer.cfg. Other
 * machines or another trust bundle are a reload, in which nobody is refused.
 */
export function runBalancer(args: WorkerArgs, opts: StepOptions): pulumi.Resource {
  const { controlPlane, host } = args;
  const { machine } = host;
  const keys = workerKeys(args);
  return runUnit(
    `${machine.node.name}-api-balancer`,
    {
      machine,
      unit: "api-balancer.service",
      links: [],
      files: [{ path: config, content: configFor(controlPlane) }],
      secretFiles: keys,
      takenOver: [config, ...keys.map(({ path }) => path)],
    },
    opts,
  );
}

/** The asset, and a line for each server. */
function configFor(controlPlane: readonly Machine[]): pulumi.Output<string> {
  const check = controlPlane.length > 1 ? " check" : "";
  const servers = controlPlane.map(
    ({ node, privateIp }) =>
      pulumi.interpolate`    server ${node.name} ${privateIp}:6443${check}\n`,
  );
  return pulumi
    .all(servers)
    .apply((lines) => [readAsset("config/api-balancer.cfg"), ...lines].join(""));
}
