import type * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../providers/machine.ts";
import type { Authority } from "./authority.ts";
import { createBootstrapToken, type BootstrapToken } from "./bootstrap-token.ts";
import { addressesOf, namesOf } from "./control-plane-keys.ts";
import type { Issue, KeyPair } from "./key-pair.ts";

/** The certificates of one worker. */
export interface WorkerKeys {
  readonly kubelet: KubeletIdentity;
  readonly kubeProxy: KeyPair;
}

/** How a kubelet comes by its certificates: Pulumi issues them, or it asks for them with a token. */
export type KubeletIdentity =
  | { readonly client: KeyPair; readonly serving: KeyPair }
  | { readonly bootstrapToken: BootstrapToken };

export interface WorkerKeysArgs {
  readonly kubernetes: Authority;
  readonly kubeletServing: Authority;
  /** Whether kubelet asks for its certificates itself. */
  readonly isBootstrapped: boolean;
  readonly issue: Issue;
}

export function createWorkerKeys(
  machine: Machine,
  args: WorkerKeysArgs,
  opts: pulumi.CustomResourceOptions,
): WorkerKeys {
  const { name } = machine.node;
  return {
    kubelet: args.isBootstrapped
      ? { bootstrapToken: createBootstrapToken(`${name}-bootstrap`, machine, opts) }
      : kubeletPairs(machine, args),
    kubeProxy: args.issue(`${name}-kube-proxy`, {
      authority: args.kubernetes,
      commonName: "system:kube-proxy",
      use: "client",
    }),
  };
}

function kubeletPairs(
  machine: Machine,
  { kubernetes, kubeletServing, issue }: WorkerKeysArgs,
): KubeletIdentity {
  const { name } = machine.node;
  const subject = { commonName: `system:node:${name}`, organization: "system:nodes" };
  return {
    client: issue(`${name}-kubelet`, { authority: kubernetes, ...subject, use: "client" }),
    serving: issue(`${name}-kubelet-serving`, {
      authority: kubeletServing,
      ...subject,
      use: "server",
      dnsNames: [name, ...namesOf(machine)],
      ipAddresses: addressesOf(machine),
    }),
  };
}
