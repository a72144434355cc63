import type { Problem } from "../lib/bridge/resource.ts";
import { Unknown, type PropertyMap, type PropertyValue } from "../lib/values.ts";

// In the words of the validators of Terraform's plugin framework. `tf` is the attribute's path in Terraform's names.

/** Where a value is, in Pulumi's names and in Terraform's. */
export interface Place {
  readonly at: string;
  readonly tf: string;
}

const invalid = (what: string, { at, tf }: Place, text: string): Problem[] => [
  { at, reason: `Invalid Attribute Value${what}. Attribute ${tf} ${text}` },
];

export function lengthBetween(
  value: PropertyValue | undefined,
  place: Place,
  [least, most]: readonly [number, number],
): Problem[] {
  if (typeof value !== "string") return [];
  const length = Buffer.byteLength(value);
  if (length >= least && length <= most) return [];
  return invalid(
    " Length",
    place,
    `string length must be between ${least} and ${most}, got: ${length}`,
  );
}

export function oneOf(
  value: PropertyValue | undefined,
  place: Place,
  allowed: readonly string[],
): Problem[] {
  if (typeof value !== "string" || allowed.includes(value)) return [];
  const list = allowed.map((item) => JSON.stringify(item)).join(" ");
  return invalid(" Match", place, `value must be one of: [${list}], got: ${JSON.stringify(value)}`);
}

export function notEmptyText(value: PropertyValue | undefined, place: Place): Problem[] {
  return value === "" ? invalid(" Length", place, "string length must be at least 1, got: 0") : [];
}

export function notEmptyList(value: PropertyValue | undefined, place: Place): Problem[] {
  return Array.isArray(value) && value.length === 0
    ? invalid("", place, "list must contain at least 1 elements, got: 0")
    : [];
}

export function matching(
  value: PropertyValue | undefined,
  place: Place,
  pattern: RegExp,
  text: string,
): Problem[] {
  if (typeof value !== "string" || pattern.test(value)) return [];
  return invalid(" Match", place, `${text}, got: ${value}`);
}

/** The given value with this name; nothing where it is not known. */
export function known(map: PropertyMap, name: string): PropertyValue | undefined {
  const value = map[name];
  return value === Unknown ? undefined : value;
}
