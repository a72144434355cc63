import type * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import type { StepOptions } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import type { WorkerArgs } from "./worker-args.ts";

/** Keeps up the host ports of pods and the block of the metadata service: assets/scripts/keep-packet-filter.sh. */
export function keepPacketFilter({ host }: WorkerArgs, opts: StepOptions): pulumi.Resource {
  const { machine } = host;
  return runUnit(
    `${machine.node.name}-packet-filter`,
    {
      machine,
      unit: "hardway-packet-filter.service",
      links: [],
      // It runs for ever: a change of the script must restart it.
      files: [
        {
          path: "/usr/local/lib/hardway/keep-packet-filter.sh",
          content: readAsset("scripts/keep-packet-filter.sh"),
          mode: "0755",
        },
      ],
      secretFiles: [],
    },
    opts,
  );
}
