import type { LogSeverity } from "../../lib/plugin.ts";
import type { GroupVersionKind } from "../kinds.ts";
import type { KubeObject } from "../objects.ts";

/** Watches an object, and what belongs to it, until it is ready. */
export interface Awaiter {
  /** What to watch; events of each come with its name. */
  readonly watches: readonly WatchTarget[];
  /** Takes in an event. */
  observe(event: ObjectEvent): void;
  /** Where things stand, by all events so far. */
  assess(): Assessment;
}

export interface WatchTarget {
  readonly gvk: GroupVersionKind;
  /** "" for kinds outside of namespaces. */
  readonly namespace: string;
  /** Narrows the watch to one object. */
  readonly name?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ObjectEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: string;
  readonly object: KubeObject;
}

/** What an awaiter says of its object. */
export interface Assessment {
  readonly isReady: boolean;
  /** Ready after this many milliseconds without another event. */
  readonly readyAfterMs?: number;
  /** Waiting on is of no use, for these reasons. */
  readonly failure?: readonly string[];
  /** For the status line; each is shown once. */
  readonly status: readonly StatusLine[];
  /** What is not as it should be, for the error when time runs out. */
  readonly problems: readonly string[];
  /** The object as it was last seen. */
  readonly object: KubeObject;
}

export interface StatusLine {
  readonly severity: LogSeverity;
  readonly message: string;
}

export const info = (message: string): StatusLine => ({ severity: "info", message });
export const warning = (message: string): StatusLine => ({ severity: "warning", message });

/** What an awaiter starts from. */
export interface AwaitedObject {
  readonly gvk: GroupVersionKind;
  /** As the API server answered to the create or update. */
  readonly object: KubeObject;
  /** Before the update; undefined after a create. */
  readonly before?: KubeObject | undefined;
}

/** Keeps the newest form of objects of one kind, by name. */
export class ObjectSet {
  private readonly objects = new Map<string, KubeObject>();

  observe(name: string, { type, object }: ObjectEvent): void {
    if (type === "DELETED") this.objects.delete(name);
    else this.objects.set(name, object);
  }

  get(name: string): KubeObject | undefined {
    return this.objects.get(name);
  }

  all(): readonly KubeObject[] {
    return [...this.objects.values()];
  }
}
