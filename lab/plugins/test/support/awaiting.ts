import type { Awaiter, ObjectEvent } from "../../kubernetes/await/awaiter.ts";
import { readableAwaiter } from "../../kubernetes/await/index.ts";
import { parseKind } from "../../kubernetes/kinds.ts";
import { apiVersionOf, kindOf, type KubeObject } from "../../kubernetes/objects.ts";
import type { PropertyMap, PropertyValue } from "../../lib/values.ts";

/** A Pod's conditions; `more` is added to that of being ready. */
export const conditions = (ready: boolean, more: PropertyMap = {}): PropertyValue => [
  { type: "PodScheduled", status: "True" },
  { type: "Initialized", status: "True" },
  { type: "Ready", status: ready ? "True" : "False", ...more },
];
export const notReady = conditions(false, {
  reason: "ContainersNotReady",
  message: "containers with unready status: [c]",
});

/** @throws Error when nothing is awaited of such an object */
export function awaiterOf(object: KubeObject, before?: KubeObject): Awaiter {
  const gvk = parseKind(apiVersionOf(object), kindOf(object));
  const awaiter = readableAwaiter({ gvk, object, before });
  if (!awaiter) throw new Error("nothing is awaited of this kind");
  return awaiter;
}

/** The awaiter, after it has seen these. */
export function seen(awaiter: Awaiter, ...objects: KubeObject[]): Awaiter {
  for (const object of objects) {
    const event: ObjectEvent = { type: "MODIFIED", kind: kindOf(object), object };
    awaiter.observe(event);
  }
  return awaiter;
}
