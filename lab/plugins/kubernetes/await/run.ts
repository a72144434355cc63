import type { RequestContext } from "../../lib/plugin.ts";
import { nameOf, textAt, uidOf, type KubeObject } from "../objects.ts";
import type { Cluster } from "../session.ts";
import type { Assessment, Awaiter, ObjectEvent, WatchTarget } from "./awaiter.ts";
import { listObjects, watchObjects } from "./watch.ts";

/** Where an awaiter runs. */
export interface AwaitContext {
  readonly cluster: Cluster;
  readonly request: RequestContext;
  readonly timeoutMs: number;
}

/** The object exists and is not ready. */
export class AwaitError extends Error {
  readonly object: KubeObject;
  /** One line for each thing that is not as it should be. */
  readonly problems: readonly string[];

  constructor(message: string, object: KubeObject, problems: readonly string[]) {
    super(message);
    this.name = "AwaitError";
    this.object = object;
    this.problems = problems;
  }
}

/**
 * Waits until the awaiter says that its object is ready, and gives the object as last seen.
 * Shows on the way how things stand, and what the cluster's events warn of.
 * @throws AwaitError when it fails, time runs out, or the user cancels
 */
export async function awaitReady(
  awaiter: Awaiter,
  object: KubeObject,
  { cluster, request, timeoutMs }: AwaitContext,
): Promise<KubeObject> {
  const log = onceLogger(request);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, request.signal]);
  const outcome = Promise.withResolvers<KubeObject>();
  let settled: NodeJS.Timeout | undefined;

  const assess = (): Assessment => {
    const now = awaiter.assess();
    for (const { severity, message } of now.status) log(severity, message);
    return now;
  };
  const decide = (): void => {
    const now = assess();
    clearTimeout(settled);
    if (now.isReady) outcome.resolve(now.object);
    else if (now.failure) {
      const text = `Resource '${nameOf(now.object)}' was created but failed to initialize`;
      outcome.reject(new AwaitError(text, now.object, now.failure));
    } else if (now.readyAfterMs !== undefined) {
      settled = setTimeout(() => {
        outcome.resolve(now.object);
      }, now.readyAfterMs);
    }
  };
  const fail = (text: (name: string) => string): void => {
    const now = awaiter.assess();
    outcome.reject(new AwaitError(text(nameOf(now.object)), now.object, now.problems));
  };
  const timer = setTimeout(() => {
    fail((name) => `'${name}' timed out waiting to be Ready`);
  }, timeoutMs);
  const onCancel = (): void => {
    fail((name) => `Resource operation was cancelled for ${JSON.stringify(name)}`);
  };
  request.signal.addEventListener("abort", onCancel, { once: true });
  if (request.signal.aborted) onCancel();

  for (const target of awaiter.watches) {
    watchObjects(
      cluster,
      target,
      signal,
      (event) => {
        awaiter.observe(event);
        decide();
      },
      () => undefined,
    ).catch((error: unknown) => {
      outcome.reject(error instanceof Error ? error : new Error(String(error)));
    });
  }
  watchObjects(
    cluster,
    eventsOf(object),
    signal,
    (event) => {
      showEvent(event, log);
    },
    () => undefined,
  ).catch(() => undefined); // whoever may not read events goes without
  decide();
  try {
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
    clearTimeout(settled);
    request.signal.removeEventListener("abort", onCancel);
    stop.abort();
    request.log("info", "", { ephemeral: true });
  }
}

/** Looks once, as a refresh does. @throws AwaitError when the object is not ready */
export async function assessOnce(
  awaiter: Awaiter,
  { cluster, request }: Pick<AwaitContext, "cluster" | "request">,
): Promise<void> {
  const lists = await Promise.all(
    awaiter.watches.map((target) => listObjects(cluster, target, request.signal)),
  );
  for (const event of lists.flat()) awaiter.observe(event);
  const now = awaiter.assess();
  if (now.isReady || now.readyAfterMs !== undefined) return;
  const text = `Resource '${nameOf(now.object)}' was created but failed to initialize`;
  throw new AwaitError(text, now.object, now.failure ?? now.problems);
}

function eventsOf(object: KubeObject): WatchTarget {
  return {
    gvk: { group: "", version: "v1", kind: "Event" },
    namespace: textAt(object, "metadata", "namespace"),
    fieldSelector: `involvedObject.uid=${uidOf(object)}`,
  };
}

function showEvent({ type, object }: ObjectEvent, log: RequestContext["log"]): void {
  if (type === "DELETED") return;
  const severity = textAt(object, "type") === "Warning" ? "warning" : "debug";
  log(severity, `${textAt(object, "reason")}: ${textAt(object, "message")}`);
}

/** Shows each message once, while the resource is being worked on. */
function onceLogger(request: RequestContext): RequestContext["log"] {
  const shown = new Set<string>();
  return (severity, message) => {
    if (message === "" || shown.has(message)) return;
    shown.add(message);
    request.log(severity, message, { ephemeral: true });
  };
}
