import type { RequestContext } from "../../lib/plugin.ts";
import { isNotFound, messageOf } from "../api-error.ts";
import { isBuiltinGroup, type GroupVersionKind } from "../kinds.ts";
import { annotations, hasAnnotation } from "../metadata.ts";
import {
  annotationOf,
  conditionOf,
  listAt,
  nameOf,
  namespaceOf,
  textAt,
  uidOf,
  type KubeObject,
} from "../objects.ts";
import type { Cluster } from "../session.ts";
import { readObject } from "../writes.ts";
import { watchObjects } from "./watch.ts";

/** How the API server is to treat what the object owns. */
export function propagationPolicy(inputs: KubeObject): "Orphan" | "Background" | "Foreground" {
  const policy = annotationOf(inputs, annotations.deletionPropagation).toLowerCase();
  if (policy === "orphan") return "Orphan";
  return policy === "background" ? "Background" : "Foreground";
}

/** Workloads and namespaces that ask not to be waited for are not waited for when they go, either. */
export function isDeletionAwaited(gvk: GroupVersionKind, inputs: KubeObject): boolean {
  return !(
    hasAnnotation(inputs, annotations.skipAwait) &&
    isBuiltinGroup(gvk.group) &&
    skippable.has(gvk.kind)
  );
}
const skippable = new Set([
  "DaemonSet",
  "Deployment",
  "Job",
  "Namespace",
  "Pod",
  "ReplicationController",
  "StatefulSet",
]);

/**
 * Waits until the object is gone.
 * @throws Error naming the finalizers that may hold it, when time runs out or the user cancels
 */
export async function awaitDeleted(
  cluster: Cluster,
  gvk: GroupVersionKind,
  object: KubeObject,
  timeoutMs: number,
  request: RequestContext,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, request.signal]);
  const gone = Promise.withResolvers<undefined>();
  let seen = object;
  const look = async (): Promise<void> => {
    try {
      seen = await readObject(cluster, gvk, object, nameOf(object), { ...request, signal });
      if (uidOf(seen) !== uidOf(object))
        gone.resolve(undefined); // another one of the same name
      else request.log("info", deletionStatus(seen), { ephemeral: true });
    } catch (error) {
      if (isNotFound(error)) gone.resolve(undefined);
      else if (!signal.aborted) request.log("warning", lookFailed(error), { ephemeral: true });
    }
  };
  const fail = (): void => {
    const finalizers = [
      ...listAt(seen, "metadata", "finalizers"),
      ...listAt(seen, "spec", "finalizers"),
    ].filter((name) => typeof name === "string");
    if (finalizers.length > 0) {
      request.log("warning", `finalizers might be preventing deletion (${finalizers.join(", ")})`);
    }
    const why = deletionStatus(seen);
    gone.reject(new Error(`timed out waiting for the condition: ${why}`));
  };
  const timer = setTimeout(fail, timeoutMs);
  request.signal.addEventListener("abort", fail, { once: true });
  watchObjects(
    cluster,
    { gvk, namespace: namespaceOf(object), name: nameOf(object) },
    signal,
    (event) => {
      if (event.type === "DELETED" || uidOf(event.object) !== uidOf(object))
        gone.resolve(undefined);
      else seen = event.object;
    },
    () => void look(),
  ).catch(gone.reject);
  // The watch may begin after the object went; and a watch says nothing of what is not there.
  void look();
  try {
    await gone.promise;
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", fail);
    stop.abort();
    request.log("info", "", { ephemeral: true });
  }
}

/** What holds the object, as far as it says: a Namespace tells what is left in it. */
function deletionStatus(object: KubeObject): string {
  const held = ["NamespaceContentRemaining", "NamespaceFinalizersRemaining"]
    .map((type) => conditionOf(object, type))
    .filter((condition) => condition?.["status"] === "True")
    .map((condition) => textAt(condition, "message"));
  return held.length > 0 ? held.join(" ") : "Resource scheduled for deletion";
}

function lookFailed(error: unknown): string {
  const reason = messageOf(error);
  return `unexpected error while checking cluster state: ${reason}`;
}
