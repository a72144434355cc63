import { isList, isMap, Unknown, type PropertyMap, type PropertyValue } from "../values.ts";

/**
 * What makes two members of an unordered property the same: the text itself, the text in any case, or the members
 * of an object, of which those named are unordered themselves.
 */
export type SetKind = "exact" | "ignoreCase" | { readonly sets: Readonly<Record<string, SetKind>> };

/** A text that two members share exactly when they are the same. */
export function identity(kind: SetKind, member: PropertyValue): string {
  if (kind === "ignoreCase" && typeof member === "string") return member.toLowerCase();
  if (typeof kind === "string" || !isMap(member)) return JSON.stringify(member);
  const entries = Object.entries(member)
    .filter(([name, value]) => !name.startsWith("__") && !isZero(value))
    .map(([name, value]): [string, unknown] => {
      const inner = kind.sets[name];
      return [
        name,
        inner !== undefined && isList(value)
          ? value.map((item) => identity(inner, item)).sort()
          : value,
      ];
    });
  return JSON.stringify(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** What Terraform's state cannot tell from "not given": null, "", [] and {}. */
export function isZero(value: PropertyValue | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (isList(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}

/** What Terraform's SDK gives for an attribute that nobody has set: also 0 and false. */
export function isUnset(value: PropertyValue | undefined): boolean {
  return value === 0 || value === false || isZero(value);
}

/** Whether two plain values are equal; an `Unknown` equals nothing. */
export function isEqual(one: PropertyValue, other: PropertyValue): boolean {
  if (one === Unknown || other === Unknown) return false;
  if (isList(one) && isList(other)) {
    return (
      one.length === other.length && one.every((item, index) => isEqual(item, other[index] ?? null))
    );
  }
  if (isMap(one) && isMap(other)) return isEqualMap(one, other);
  return one === other;
}

function isEqualMap(one: PropertyMap, other: PropertyMap): boolean {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.every((name) => {
    const left = one[name];
    const right = other[name];
    return (isZero(left) && isZero(right)) || isEqual(left ?? null, right ?? null);
  });
}
