import type { PropertyMap, PropertyValue } from "../values.ts";

/** An object of an API. */
export type Json = Readonly<Record<string, unknown>>;

// Readers of checked inputs and of the API's answers: what is missing reads as the type's zero, as in Go.

export function text(map: PropertyMap | Json, name: string): string {
  const value = map[name];
  return typeof value === "string" ? value : "";
}

export function flag(map: PropertyMap | Json, name: string): boolean {
  return map[name] === true;
}

export function number(map: PropertyMap | Json, name: string): number {
  const value = map[name];
  return typeof value === "number" ? value : 0;
}

export function list(map: PropertyMap | Json, name: string): readonly PropertyValue[] {
  const value = map[name];
  return Array.isArray(value) ? (value as readonly PropertyValue[]) : [];
}

export function texts(map: PropertyMap | Json, name: string): readonly string[] {
  return list(map, name).filter((item) => typeof item === "string");
}

/** An object inside an answer; `{}` when there is none. */
export function inner(map: Json, name: string): Json {
  const value = map[name];
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

export function inners(map: Json, name: string): readonly Json[] {
  const value = map[name];
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** The numbers in a list of Terraform ids. @throws Error in the provider's words when it is none */
export function numericId(id: string, what: string): number {
  if (/^-?\d+$/.test(id)) return Number(id);
  throw new Error(`${what}: strconv.Atoi: parsing ${JSON.stringify(id)}: invalid syntax`);
}
