import { parsePath } from "../lib/paths.ts";
import { isMap, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import {
  listAt,
  mapAt,
  textAt,
  valueAt,
  withoutValue,
  withValue,
  type KubeObject,
} from "./objects.ts";

/**
 * Managers whose fields the provider's own manager takes over before its first apply: `kubectl`, and this provider's
 * plain creates and updates, which Kubernetes counts as managers of their own.
 */
const adopted: readonly { readonly prefix: string; readonly operation: string }[] = [
  { prefix: "kubectl", operation: "Apply" },
  { prefix: "kubectl", operation: "Update" },
  { prefix: "before-first-apply", operation: "Update" },
  { prefix: "pulumi-kubernetes", operation: "Update" },
  { prefix: "pulumi-resource-kubernetes", operation: "Update" },
];

/**
 * The object's `managedFields` with the adopted managers' fields given to `manager`; undefined when there is nothing
 * to adopt. Without this the first apply would leave what the create wrote to another owner, and could remove nothing.
 */
export function adoptFields(
  object: KubeObject,
  manager: string,
): readonly PropertyValue[] | undefined {
  const entries = listAt(object, "metadata", "managedFields").filter(isMap);
  const isOurs = (entry: PropertyMap): boolean =>
    textAt(entry, "manager") === manager &&
    entry["operation"] === "Apply" &&
    textAt(entry, "subresource") === "";
  const isAdopted = (entry: PropertyMap): boolean =>
    !isOurs(entry) &&
    textAt(entry, "subresource") === "" &&
    adopted.some(
      ({ prefix, operation }) =>
        textAt(entry, "manager").startsWith(prefix) && entry["operation"] === operation,
    );
  const [first, ...more] = [...entries.filter(isOurs), ...entries.filter(isAdopted)];
  if (first === undefined || !entries.some(isAdopted)) return undefined;
  const fields = more.reduce(
    (union, entry) => mergeTrees(union, mapAt(entry, "fieldsV1")),
    mapAt(first, "fieldsV1"),
  );
  const ours = { ...first, manager, operation: "Apply", fieldsV1: fields };
  return [...entries.filter((entry) => !isOurs(entry) && !isAdopted(entry)), ours];
}

/** True when the provider once wrote the object without apply, so that a dry run meets its own fields as another's. */
export function isWrittenByUs(object: KubeObject): boolean {
  return listAt(object, "metadata", "managedFields").some(
    (entry) =>
      textAt(entry, "operation") === "Update" &&
      ["pulumi-resource-kubernetes", "pulumi-kubernetes", "pulumi-kubernetes.exe"].includes(
        textAt(entry, "manager"),
      ),
  );
}

/**
 * The inputs to apply when changes of some paths are to be ignored. A path that others own and we do not is left out,
 * so that they keep it; any other keeps its live value. Paths through lists are not looked at, as officially.
 */
export function withoutIgnored(
  inputs: KubeObject,
  live: KubeObject,
  manager: string,
  ignoreChanges: readonly string[],
): KubeObject {
  const trees = listAt(live, "metadata", "managedFields").filter(isMap);
  const owns = (isOurs: boolean, path: readonly string[]): boolean =>
    trees.some(
      (entry) =>
        (textAt(entry, "manager") === manager) === isOurs &&
        valueAt(mapAt(entry, "fieldsV1"), ...path.map((key) => `f:${key}`)) !== undefined,
    );
  return ignoreChanges.reduce((rest, ignored) => {
    const steps = parsePath(ignored);
    const path = steps.filter((step) => typeof step === "string");
    if (path.length < steps.length) return rest;
    if (owns(false, path) && !owns(true, path)) return withoutValue(rest, path);
    const present = valueAt(live, ...path);
    return present === undefined ? rest : withValue(rest, path, present);
  }, inputs);
}

function mergeTrees(a: PropertyMap, b: PropertyMap): PropertyMap {
  return Object.entries(b).reduce<PropertyMap>((union, [key, value]) => {
    const present = union[key];
    const merged = isMap(present) && isMap(value) ? mergeTrees(present, value) : value;
    return { ...union, [key]: merged };
  }, a);
}
