import type * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import { imageNamed } from "../facts/artifacts.ts";
import { renderAsset } from "../lib/render.ts";
import type { InputFile, StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import type { WorkerArgs } from "./worker-args.ts";

/** containerd on a worker: its settings are in assets/config/containerd.toml. */
export function runContainerd(
  { spec: { artifacts }, host: { machine, binaries } }: WorkerArgs,
  opts: StepOptions,
): pulumi.Resource {
  const { registry } = artifacts.mirror;
  const mirror: InputFile[] =
    registry === null
      ? []
      : [
          {
            path: "/etc/containerd/certs.d/_default/hosts.toml",
            content: renderAsset("config/registry-mirror.toml", { registry }),
          },
        ];
  return runUnit(
    `${machine.node.name}-containerd`,
    {
      machine,
      unit: "containerd.service",
      links: [
        ...binaries.links("containerd", ["containerd", "containerd-shim-runc-v2", "ctr"]),
        ...binaries.links("runc"),
        ...binaries.links(
          "cni-plugins",
          ["bridge", "host-local", "loopback", "portmap"],
          "/opt/cni/bin",
        ),
      ],
      files: [
        {
          path: "/etc/containerd/config.toml",
          content: renderAsset("config/containerd.toml", {
            pauseImage: imageNamed(artifacts.images, "pause"),
          }),
        },
        {
          path: "/etc/tmpfiles.d/hardway-cni.conf",
          content: readAsset("config/tmpfiles-cni.conf"),
        },
        ...mirror,
      ],
      secretFiles: [],
    },
    opts,
  );
}
