import { openLab } from "../../../lab/cli/session.ts";
import { ensureHosts } from "../../../lab/cli/hosts.ts";
import { type StackChoice, stackNameOf } from "../../../lab/cli/stacks.ts";
import { type Cloud, digitalOcean, linode } from "./clouds.ts";
import { editStack, lab } from "./lab.ts";

/** The stack that a suite runs on. */
export interface Target {
  /** As `npm run up -- --stack` takes it. */
  readonly choice: StackChoice;
  /** Name of the stack, and of its config file. */
  readonly stack: string;
  /** On everything that the cluster has in the cloud. */
  readonly tag: string;
  /** Where its machines come from; null: hosts that are there already. */
  readonly cloud: Cloud | null;
}

function target<C extends Cloud | null>(
  choice: StackChoice,
  cloud: C,
): Target & { readonly cloud: C } {
  const stack = stackNameOf(choice);
  return { choice, stack, tag: `hardway-${stack}`, cloud };
}

export const devTarget = target("dev", digitalOcean("hardway-dev"));
export const linodeTarget = target("linode", linode("hardway-lab-linode"));
export const existingTarget = target("existing", null);

/**
 * Writes another number of workers into the stack's config; a host for each is there before it is named.
 * @returns what takes it back
 */
export async function setWorkers({ stack, cloud }: Target, count: number): Promise<() => void> {
  const names = Array.from({ length: count }, (_, index) => `worker-${index + 1}`);
  if (cloud !== null) return setCount(stack, "workers", count);
  const hosts = await ensureHosts(await openLab(lab), names, "10.10.0.0/20", () => undefined);
  return editStack(stack, (values) => ({
    ...values,
    "hardway:workers": { nodes: names.map((name) => ({ name, host: hosts[name] })) },
  }));
}

/**
 * Has the next stack begin with several masters: what the lab's own stack says goes before a provider's sample.
 * @returns what takes it back
 */
export function beginWithMasters({ cloud }: Target, names: readonly string[]): () => void {
  const group =
    cloud === null ? { nodes: names.map((name) => ({ name })) } : { count: names.length };
  return editStack("dev", (values) => ({ ...values, "hardway:controlPlane": group }));
}

/**
 * Writes another number of control-plane machines into a cloud's stack.
 * @returns what takes it back
 */
export const setMasters = ({ stack }: Target, count: number): (() => void) =>
  setCount(stack, "controlPlane", count);

function setCount(stack: string, group: "controlPlane" | "workers", count: number): () => void {
  const key = `hardway:${group}`;
  return editStack(stack, (values) => ({
    ...values,
    [key]: { ...(values[key] as object | undefined), count },
  }));
}
