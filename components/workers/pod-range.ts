import type * as pulumi from "@pulumi/pulumi";
import { localApiServer } from "../facts/local-api.ts";
import { commandLine } from "../lib/shell.ts";
import { step } from "../remote/step.ts";
import { ownCertificates } from "./keys.ts";
import type { WorkerArgs } from "./worker-args.ts";

/**
 * Where etcd began anew, Nodes may have got other ranges of pod addresses than before: one step that makes way for this worker's,
 * before flannel comes.
 * @param kubelet - the step that made the machine a Node
 * @returns the step after which pods may have a network
 */
export function matchPodRange(
  { spec, host: { machine } }: WorkerArgs,
  kubelet: pulumi.Resource,
  { parent }: { readonly parent: pulumi.Resource },
): pulumi.Resource {
  const { generation } = spec.etcd;
  if (generation === 1) return kubelet;
  const { name } = machine.node;
  const store = spec.kubelet.certificates === "bootstrap" ? [ownCertificates] : [];
  return step(
    `${name}-pod-range`,
    {
      machine,
      run: commandLine("/usr/local/lib/hardway/match-pod-range.sh", localApiServer, name, ...store),
      replaceWhen: [String(generation)],
    },
    { parent, dependsOn: [kubelet] },
  );
}
