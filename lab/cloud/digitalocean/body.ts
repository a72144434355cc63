import { unprocessable } from "./errors.ts";

type Body = Readonly<Record<string, unknown>>;

/** A string member; null when it is missing or null. @throws ApiError 422 for another type */
export function text(body: Body, name: string): string | null {
  const value = body[name] ?? null;
  if (value === null || typeof value === "string") return value;
  throw unprocessable(`${name} must be a string`);
}

/** A string member that must be there and not be empty. */
export function requiredText(body: Body, name: string): string {
  const value = text(body, name);
  if (value === null || value === "") throw unprocessable(`${name} is required`);
  return value;
}

/** A boolean member; false when it is missing or null. */
export function flag(body: Body, name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value === "boolean") return value;
  throw unprocessable(`${name} must be a boolean`);
}

/** A list member; [] when it is missing or null. */
export function list(body: Body, name: string): readonly unknown[] {
  const value = body[name] ?? [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw unprocessable(`${name} must be a list`);
}

export function texts(body: Body, name: string): readonly string[] {
  return list(body, name).map((item) => {
    if (typeof item === "string") return item;
    throw unprocessable(`${name} must be a list of strings`);
  });
}

export function integers(body: Body, name: string): readonly number[] {
  return list(body, name).map((item) => {
    if (Number.isInteger(item)) return item as number;
    throw unprocessable(`${name} must be a list of integers`);
  });
}

/** A member that is an object itself; {} when it is missing or null. */
export function object(body: Body, name: string): Body {
  const value = body[name] ?? {};
  if (isObject(value)) return value;
  throw unprocessable(`${name} must be an object`);
}

/** A list of objects; [] when it is missing or null. */
export function objects(body: Body, name: string): readonly Body[] {
  return list(body, name).map((item) => {
    if (isObject(item)) return item;
    throw unprocessable(`${name} must be a list of objects`);
  });
}

function isObject(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
