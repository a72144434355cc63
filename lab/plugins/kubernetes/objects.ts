import { isList, isMap, type PropertyMap, type PropertyValue } from "../lib/values.ts";

/** A Kubernetes object, whole or in part, as JSON has it; in a preview it may hold `Unknown`. */
export type KubeObject = PropertyMap;

/** The value at a path of map keys, or undefined when anything on the way is missing. */
export function valueAt(
  value: PropertyValue | undefined,
  ...path: readonly string[]
): PropertyValue | undefined {
  return path.reduce<PropertyValue | undefined>(
    (inner, key) => (isMap(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
}

/** The text at a path, or "". */
export function textAt(value: PropertyValue | undefined, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : "";
}

/** The number at a path, or undefined. */
export function numberAt(
  value: PropertyValue | undefined,
  ...path: readonly string[]
): number | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** The list at a path, or an empty one. */
export function listAt(
  value: PropertyValue | undefined,
  ...path: readonly string[]
): readonly PropertyValue[] {
  const found = valueAt(value, ...path);
  return isList(found) ? found : [];
}

/** The map at a path, or an empty one. */
export function mapAt(value: PropertyValue | undefined, ...path: readonly string[]): PropertyMap {
  const found = valueAt(value, ...path);
  return isMap(found) ? found : {};
}

/** A copy with the value at the path; maps on the way are made. What is no map on the way is left alone. */
export function withValue(
  map: PropertyMap,
  path: readonly string[],
  value: PropertyValue,
): PropertyMap {
  const [key, ...rest] = path;
  if (key === undefined) return map;
  if (rest.length === 0) return { ...map, [key]: value };
  const inner = map[key] ?? {};
  return isMap(inner) ? { ...map, [key]: withValue(inner, rest, value) } : map;
}

/** A copy without the member at the path. */
export function withoutValue(map: PropertyMap, path: readonly string[]): PropertyMap {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(map, key)) return map;
  if (rest.length === 0) {
    return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
  }
  const inner = map[key];
  return isMap(inner) ? { ...map, [key]: withoutValue(inner, rest) } : map;
}

/** A copy with every map key renamed, at every depth. */
export function withKeys(value: PropertyMap, rename: (key: string) => string): PropertyMap {
  const inside = (inner: PropertyValue): PropertyValue => {
    if (isList(inner)) return inner.map(inside);
    return isMap(inner) ? withKeys(inner, rename) : inner;
  };
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), inside(item)]),
  );
}

export const nameOf = (object: KubeObject): string => textAt(object, "metadata", "name");
export const namespaceOf = (object: KubeObject): string => textAt(object, "metadata", "namespace");
export const uidOf = (object: KubeObject): string => textAt(object, "metadata", "uid");
export const kindOf = (object: KubeObject): string => textAt(object, "kind");
export const apiVersionOf = (object: KubeObject): string => textAt(object, "apiVersion");
/** 0 where the object has none. */
export const generationOf = (object: KubeObject): number =>
  numberAt(object, "metadata", "generation") ?? 0;
/** "" where the object has no such annotation. */
export const annotationOf = (object: KubeObject, key: string): string =>
  textAt(object, "metadata", "annotations", key);

/** The id of a resource in the state: `namespace/name`, or `name`. */
export function idOf(object: KubeObject): string {
  const namespace = namespaceOf(object);
  return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

/** Takes apart what `idOf` made. */
export function parseId(id: string): { readonly namespace: string; readonly name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

/** True when one of the object's owner references is to `owner`. */
export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  const uid = uidOf(owner);
  return (
    uid !== "" &&
    listAt(object, "metadata", "ownerReferences").some(
      (reference) => textAt(reference, "uid") === uid,
    )
  );
}

/** The condition of that type in the object's status. */
export function conditionOf(object: KubeObject, type: string): PropertyMap | undefined {
  return listAt(object, "status", "conditions")
    .filter(isMap)
    .find((condition) => condition["type"] === type);
}

/** True when both are the same JSON. */
export function isEqual(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
    );
  }
  return a === b;
}

/** True for what Kubernetes may leave out when it writes an object: false, 0, "", and what holds nothing else. */
export function isEmptyValue(value: PropertyValue): boolean {
  if (isList(value)) return value.length === 0;
  if (isMap(value)) return Object.values(value).every(isEmptyValue);
  return value === null || value === false || value === "" || value === 0;
}
