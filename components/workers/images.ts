import type * as pulumi from "@pulumi/pulumi";
import { imagesToPull } from "../facts/addon-table.ts";
import { bundle } from "../lib/bundle.ts";
import { commandLine } from "../lib/shell.ts";
import { step, type StepOptions } from "../remote/step.ts";
import type { WorkerArgs } from "./worker-args.ts";

/** One step that fetches the images of the pods that every worker is likely to get; nothing waits for it. */
export function pullImages(
  { spec, host: { machine } }: WorkerArgs,
  opts: StepOptions,
): pulumi.Resource {
  const images = imagesToPull.flatMap((name) =>
    spec.artifacts.images.filter((image) => image.name === name),
  );
  return step(
    `${machine.node.name}-images`,
    {
      machine,
      run: commandLine("/usr/local/lib/hardway/pull-images.sh"),
      stdin: bundle({ images: images.map(({ reference }) => asContainerdKeepsIt(reference)) }),
    },
    opts,
  );
}

/** kubelet looks for `name@digest` when a pod says `name:tag@digest`. */
function asContainerdKeepsIt(reference: string): string {
  return reference.replace(/:[^:/@]+@/, "@");
}
