import type { RequestContext } from "../lib/plugin.ts";
import { awaiterFor } from "./await/index.ts";
import { AwaitError, awaitReady } from "./await/run.ts";
import type { GroupVersionKind } from "./kinds.ts";
import { annotations } from "./metadata.ts";
import { annotationOf, type KubeObject } from "./objects.ts";
import type { Cluster } from "./session.ts";

const defaultTimeoutMs = 600_000;

/** An object that was just written. */
export interface Settling {
  readonly gvk: GroupVersionKind;
  readonly inputs: KubeObject;
  readonly object: KubeObject;
  readonly before?: KubeObject;
  readonly cluster: Cluster;
  readonly request: RequestContext & { readonly timeoutSeconds: number };
}

/**
 * Waits for the object to be ready, as its kind and annotations ask.
 * @throws AwaitError when it is not
 */
export async function settle(settling: Settling): Promise<KubeObject> {
  const { gvk, inputs, object, before, cluster, request } = settling;
  const awaiter = await awaiterFor({ gvk, object, before }, inputs, cluster, request);
  if (!awaiter) return object;
  const context = { cluster, request, timeoutMs: timeoutMs(request.timeoutSeconds, inputs) };
  return awaitReady(awaiter, object, context);
}

/** How long to wait: as the resource says, else as its annotation says, else ten minutes. */
export function timeoutMs(timeoutSeconds: number, inputs: KubeObject): number {
  if (timeoutSeconds > 0) return timeoutSeconds * 1000;
  const text = annotationOf(inputs, annotations.timeoutSeconds);
  return /^\d+$/.test(text) ? Number(text) * 1000 : defaultTimeoutMs;
}

/** The texts of what can be done about a cluster that is gone. */
export const dropping = "Deleting the unreachable resource from Pulumi state";
export const deleteVariable = 'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

/** Nothing can be written to a cluster that did not answer at the start. */
export function unreachableError(reason: string): Error {
  return new Error(`configured Kubernetes cluster is unreachable: ${reason}`);
}

/** The reasons of a failed operation: its message, then each thing that is not as it should be. */
export function reasonsOf(message: string, error: unknown): readonly string[] {
  return [message, ...(error instanceof AwaitError ? error.problems : [])];
}
