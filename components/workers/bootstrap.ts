import * as pulumi from "@pulumi/pulumi";
import { tokenKubeconfig } from "../lib/kubeconfig.ts";
import { localApiServer } from "../facts/local-api.ts";
import { commandLine } from "../lib/shell.ts";
import type { BootstrapToken } from "../pki/bootstrap-token.ts";
import { putSecretFiles, type SecretFile } from "../remote/secret-files.ts";
import { onFirst, step, type StepOptions } from "../remote/step.ts";
import { kubeletFiles } from "./keys.ts";
import type { WorkerArgs } from "./worker-args.ts";

const kubeconfigPath = "/etc/kubernetes/bootstrap.kubeconfig";

/**
 * What a kubelet needs to ask for its first certificate: its token, known to the API for an hour, and a kubeconfig with it.
 * Nothing where Pulumi issues the certificates.
 */
export function prepareBootstrap(args: WorkerArgs, opts: StepOptions): pulumi.Resource[] {
  const { spec, host, pki, approvers } = args;
  const { machine } = host;
  const { kubelet } = pki.workerOf(machine);
  if ("client" in kubelet) return [];
  const { bootstrapToken } = kubelet;
  const nodeName = machine.node.name;
  const known = putToken(
    args,
    bootstrapToken,
    pulumi.mergeOptions(opts, { dependsOn: [...approvers] }) as StepOptions,
  );
  const content = bootstrapToken.token.apply((token) =>
    tokenKubeconfig({
      clusterName: spec.clusterName,
      server: localApiServer,
      user: `${nodeName}-bootstrap`,
      token,
    }),
  );
  const file = { path: kubeconfigPath, content, mode: "0600" } as const;
  return [known, putSecretFiles(`${nodeName}-bootstrap`, { machine, files: [file] }, opts)];
}

/** Another token is a reason for kubelet to start again; the file itself is gone by then. */
export function bootstrapReason({ host: { machine }, pki }: WorkerArgs): SecretFile[] {
  const { kubelet } = pki.workerOf(machine);
  if ("client" in kubelet) return [];
  const { id, token } = kubelet.bootstrapToken;
  return [{ what: "bootstrap token", path: kubeconfigPath, content: token, shownBy: id }];
}

/** One step, on the control plane, that lets the API know the token of this worker's machine, for an hour. */
function putToken(
  { host: { machine }, controlPlane, existing }: WorkerArgs,
  { token }: BootstrapToken,
  opts: StepOptions,
): pulumi.Resource {
  const nodeName = machine.node.name;
  const isSpent = existing.has(forgottenStep(nodeName));
  return step(
    `${nodeName}-bootstrap-token`,
    {
      // Done on the control plane, for this worker's machine: when that is another, it is done anew.
      machine: { ...onFirst(controlPlane), deletedWith: machine.deletedWith },
      run: commandLine("/usr/local/lib/hardway/put-bootstrap-token.sh", nodeName),
      stdin: token,
      // Until it was used: a run that goes on after a failure may come when the hour is over.
      replaceWhen: [new Date().toISOString()],
    },
    isSpent ? (pulumi.mergeOptions(opts, { ignoreChanges: ["triggers[1]"] }) as StepOptions) : opts,
  );
}

/**
 * One step that leaves nothing on a worker with which somebody could be taken for its kubelet, once that has certificates of its
 * own: neither the token, which is of no use any more, nor those that Pulumi issued before.
 */
export function forgetBootstrap({ host, pki }: WorkerArgs, opts: StepOptions): void {
  const { machine } = host;
  const { kubelet } = pki.workerOf(machine);
  if ("client" in kubelet) return;
  const pairs = Object.values(kubeletFiles).flatMap((stem) => [`${stem}.crt`, `${stem}.key`]);
  const run = commandLine("rm", "-f", kubeconfigPath, ...pairs);
  const replaceWhen = [kubelet.bootstrapToken.id];
  step(forgottenStep(machine.node.name), { machine, run, replaceWhen }, opts);
}

function forgottenStep(nodeName: string): string {
  return `${nodeName}-bootstrapped`;
}
