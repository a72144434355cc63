import { hasUnknown, isList, isMap, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import { isBuiltinGroup, isCoreKind, isCrd, parseKind } from "./kinds.ts";
import {
  apiVersionOf,
  isEmptyValue,
  kindOf,
  mapAt,
  textAt,
  valueAt,
  withKeys,
  withoutValue,
  withValue,
  type KubeObject,
} from "./objects.ts";
import { withCanonicalQuantities } from "./quantity.ts";

const readOnlyMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/**
 * Inputs in the form in which the API server gives them back, so that what means the same compares the same:
 * a Secret's `stringData` moves into `data`, quantities become canonical, read-only members go.
 * The official provider converts through the Go types of every built-in kind; this does what matters of it.
 */
export function normalizeInputs(object: KubeObject): KubeObject {
  const gvk = parseKind(apiVersionOf(object), kindOf(object));
  const isTyped = isBuiltinGroup(gvk.group) && !hasUnknown(object);
  const typed = isTyped ? normalizeTyped(object) : object;
  return readOnlyMetadata.reduce((rest, key) => withoutValue(rest, ["metadata", key]), typed);
}

function normalizeTyped(object: KubeObject): KubeObject {
  const gvk = parseKind(apiVersionOf(object), kindOf(object));
  if (isCrd(gvk)) return normalizeCrd(object);
  if (isCoreKind(gvk, "Secret")) return normalizeSecret(object);
  return withCanonicalQuantities(withoutNulls(object));
}

function normalizeCrd(object: KubeObject): KubeObject {
  const withoutStatus = withoutValue(object, ["status"]);
  return valueAt(object, "spec", "preserveUnknownFields") === false
    ? withoutValue(withoutStatus, ["spec", "preserveUnknownFields"])
    : withoutStatus;
}

function normalizeSecret(object: KubeObject): KubeObject {
  const plain = mapAt(object, "stringData");
  const data = Object.fromEntries([
    ...Object.entries(mapAt(object, "data")).map(([key, value]) => [key, reencode(value)]),
    ...Object.keys(plain).map((key) => [key, Buffer.from(textAt(plain, key)).toString("base64")]),
  ]) as PropertyMap;
  if (Object.keys(data).length === 0) return object;
  return withValue(withoutValue(object, ["stringData"]), ["data"], data);
}

/** The API server decodes and encodes data: line breaks in the middle do not survive that. */
function reencode(value: PropertyValue): PropertyValue {
  if (typeof value !== "string") return value;
  const compact = value.replace(/\s/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) ? compact : value;
}

function withoutNulls(map: PropertyMap): PropertyMap {
  const inside = (value: PropertyValue): PropertyValue => {
    if (isList(value)) return value.map(inside);
    return isMap(value) ? withoutNulls(value) : value;
  };
  return Object.fromEntries(
    Object.entries(map)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, inside(value)]),
  );
}

/**
 * The part of `live` that has the shape of `inputs`: what the cluster filled in by itself goes.
 * Where both differ in type the live value stays, so that the difference is seen.
 */
export function pruneToShape(live: PropertyMap, inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(live)
      .filter(([key]) => Object.hasOwn(inputs, key))
      .map(([key, value]) => [key, pruneValue(value, inputs[key])]),
  );
}

function pruneValue(live: PropertyValue, input: PropertyValue | undefined): PropertyValue {
  if (isMap(live) && isMap(input)) return pruneToShape(live, input);
  if (isList(live) && isList(input)) return pruneList(live, input);
  return live;
}

function pruneList(
  live: readonly PropertyValue[],
  inputs: readonly PropertyValue[],
): readonly PropertyValue[] {
  if (live.length === 0 || inputs.length === 0) return [];
  if (shapeOf(live[0]) !== shapeOf(inputs[0])) return live;
  return live.slice(0, inputs.length).map((item, index) => pruneValue(item, inputs[index]));
}

function shapeOf(value: PropertyValue | undefined): string {
  if (isList(value)) return "list";
  return value === null ? "null" : typeof value;
}

/**
 * The pruned live object, with the empty members of the inputs that the API server leaves out when it writes.
 * What it once wrote and no longer does was removed by somebody, and stays out.
 * @param before - the live object of the state
 */
export function withLeftOut(
  pruned: PropertyValue,
  inputs: PropertyValue | undefined,
  before: PropertyValue | undefined,
): PropertyValue {
  if (isList(pruned) && isList(inputs)) {
    return pruned.map((item, index) =>
      withLeftOut(item, inputs[index], isList(before) ? before[index] : undefined),
    );
  }
  if (!isMap(pruned) || !isMap(inputs)) return pruned;
  const was = isMap(before) ? before : {};
  const kept = Object.entries(pruned).map(([key, value]) => [
    key,
    withLeftOut(value, inputs[key], was[key]),
  ]);
  const leftOut = Object.entries(inputs).filter(
    ([key, value]) =>
      !Object.hasOwn(pruned, key) && !Object.hasOwn(was, key) && isEmptyValue(value),
  );
  return Object.fromEntries([...kept, ...leftOut]) as PropertyMap;
}

/** The SDK's names for members that Kubernetes writes with dashes, in the schemas of CRDs. */
const dashed = new Map(
  [
    "embedded-resource",
    "int-or-string",
    "list-map-keys",
    "list-type",
    "map-type",
    "preserve-unknown-fields",
    "validations",
  ].map((name) => {
    const key = `x-kubernetes-${name}`;
    return [key.replaceAll("-", "_"), key] as const;
  }),
);
const underscored = new Map([...dashed].map(([sdk, api]) => [api, sdk]));

/** SDK form to API form: `x_kubernetes_list_type` becomes `x-kubernetes-list-type`. */
export function toApi(properties: PropertyMap): KubeObject {
  return withKeys(properties, (key) => dashed.get(key) ?? key);
}

/** API form to SDK form. */
export function toSdk(object: KubeObject): PropertyMap {
  return withKeys(object, (key) => underscored.get(key) ?? key);
}
