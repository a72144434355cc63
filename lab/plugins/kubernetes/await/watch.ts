import { setTimeout as delay } from "node:timers/promises";
import { isMap, type PropertyValue } from "../../lib/values.ts";
import { ApiError } from "../api-error.ts";
import { kindOf, mapAt, textAt } from "../objects.ts";
import type { Cluster } from "../session.ts";
import type { ObjectEvent, WatchTarget } from "./awaiter.ts";

/** Between the end of a watch and the next one, when it ended with an error; milliseconds. */
const retryDelays = [50, 100, 250, 500, 1000, 2000];

/**
 * Watches until the signal fires. Begins, and begins again after a break, with an event for everything there is; what
 * was deleted during a break is told by `onGap`.
 */
export async function watchObjects(
  cluster: Cluster,
  target: WatchTarget,
  signal: AbortSignal,
  onEvent: (event: ObjectEvent) => void,
  onGap: () => void,
): Promise<void> {
  let failures = 0;
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    try {
      await cluster.client.stream(
        await pathOf(cluster, target, signal),
        { ...selectors(target), watch: true },
        signal,
        (line) => {
          failures = 0;
          const event = eventOf(line, target);
          if (event) onEvent(event);
        },
      );
    } catch (error) {
      if (isOver()) return;
      if (error instanceof ApiError && [401, 403, 405].includes(error.status)) throw error;
      failures += 1;
    }
    const wait = retryDelays[Math.min(failures, retryDelays.length - 1)] ?? 0;
    await delay(wait, undefined, { signal }).catch(() => undefined);
    if (!isOver()) onGap();
  }
}

/** What there is now, as events. */
export async function listObjects(
  cluster: Cluster,
  target: WatchTarget,
  signal: AbortSignal,
): Promise<readonly ObjectEvent[]> {
  const path = await pathOf(cluster, target, signal);
  const list = await cluster.client.call("GET", path, { query: selectors(target), signal });
  const items = mapAt(list)["items"];
  if (!Array.isArray(items)) return [];
  return (items as readonly PropertyValue[]).filter(isMap).map((item) => ({
    type: "ADDED",
    kind: target.gvk.kind,
    // Lists name their items' kind only once, for all.
    object: { apiVersion: textAt(list, "apiVersion"), kind: target.gvk.kind, ...item },
  }));
}

function pathOf(cluster: Cluster, target: WatchTarget, signal: AbortSignal): Promise<string> {
  return cluster.discovery.path(target.gvk, target.namespace, undefined, signal);
}

function selectors({ name, labelSelector, fieldSelector }: WatchTarget) {
  return {
    fieldSelector: name === undefined ? fieldSelector : `metadata.name=${name}`,
    labelSelector,
  };
}

function eventOf(line: PropertyValue, target: WatchTarget): ObjectEvent | undefined {
  const type = textAt(line, "type");
  const object = mapAt(line, "object");
  if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") return undefined;
  return { type, kind: kindOf(object) || target.gvk.kind, object };
}
