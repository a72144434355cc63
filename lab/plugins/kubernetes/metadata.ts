import { createHash, randomBytes } from "node:crypto";
import { isMap, Unknown } from "../lib/values.ts";
import { annotationOf, nameOf, valueAt, withValue, type KubeObject } from "./objects.ts";

/** Annotations that the provider reads, and one that it writes. */
export const annotations = {
  autonamed: "pulumi.com/autonamed",
  skipAwait: "pulumi.com/skipAwait",
  waitFor: "pulumi.com/waitFor",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  replaceUnready: "pulumi.com/replaceUnready",
  patchForce: "pulumi.com/patchForce",
  patchFieldManager: "pulumi.com/patchFieldManager",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
} as const;

const managedByLabel = ["metadata", "labels", "app.kubernetes.io/managed-by"] as const;

export const hasAnnotation = (object: KubeObject, key: string): boolean =>
  annotationOf(object, key) === "true";

/** True when the object has a name, be it one that is not known yet. */
export function isNamed(object: KubeObject): boolean {
  return valueAt(object, "metadata", "name") === Unknown || nameOf(object) !== "";
}

/** True when the API server is asked to make up the name. */
export function isGenerateName(object: KubeObject): boolean {
  const prefix = valueAt(object, "metadata", "generateName");
  return !isNamed(object) && (prefix === Unknown || (typeof prefix === "string" && prefix !== ""));
}

/** Names an object after its resource, with eight random digits, and marks it so. */
export function autonamed(object: KubeObject, resource: string, seed: Uint8Array): KubeObject {
  return marked(object, `${resource}-${randomDigits(seed)}`);
}

/** Gives the new inputs the name that was made up for the old ones. */
export function withOldAutoname(now: KubeObject, old: KubeObject): KubeObject {
  if (isNamed(now) || !hasAnnotation(old, annotations.autonamed)) return now;
  return marked(now, nameOf(old));
}

function marked(object: KubeObject, name: string): KubeObject {
  const named = withValue(object, ["metadata", "name"], name);
  return withValue(named, ["metadata", "annotations", annotations.autonamed], "true");
}

/** Keeps the label of objects that were once created by client-side apply. */
export function withOldManagedBy(now: KubeObject, old: KubeObject): KubeObject {
  const label = process.env["PULUMI_KUBERNETES_MANAGED_BY_LABEL"] ?? "pulumi";
  const before = valueAt(old, ...managedByLabel);
  const isManaged = before === label || before === Unknown;
  return isManaged && isMap(now["metadata"] ?? {}) ? withValue(now, managedByLabel, label) : now;
}

/** The name under which the provider owns fields: made once, then kept in the state. */
export function fieldManagerOf(inputs: KubeObject, state: KubeObject): string {
  const chosen = annotationOf(inputs, annotations.patchFieldManager);
  if (chosen !== "") return chosen;
  const kept = state["__fieldManager"];
  return typeof kept === "string" && kept !== "" ? kept : `pulumi-kubernetes-${randomDigits()}`;
}

/** Eight hexadecimal digits; the same ones for the same seed. */
function randomDigits(seed: Uint8Array = new Uint8Array()): string {
  const bytes = seed.length === 0 ? randomBytes(4) : createHash("sha256").update(seed).digest();
  return Buffer.from(bytes).toString("hex").slice(0, 8);
}
