import * as v from "valibot";
import { closest } from "../lib/suggest.ts";
import type { Problems } from "./problems.ts";
import { schema, type Draft } from "./schema.ts";

type Path = readonly (string | number)[];

/**
 * Brings the texts that Pulumi hands over into the shape of the schema. What does not fit is reported and
 * left out of the result.
 * @param values - key without namespace to value; objects and lists as JSON
 */
export function checkShape(values: Readonly<Record<string, string>>, problems: Problems): Draft {
  const tree: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(values)) tree[key] = decode(key, text);
  reportUnknownKeys(schema, tree, [], problems);
  const result = v.safeParse(schema, tree);
  if (result.success) return result.output;
  for (const issue of result.issues) {
    const path = (issue.path ?? []).map(({ key }) => key as string | number);
    const [wrong = "", fix = ""] = issue.message.split("; ");
    problems.add(dotted(path), { wrong, got: issue.input, fix });
    remove(tree, path);
  }
  return v.parse(schema, tree);
}

/** `workers.nodes[1].name` */
function dotted(path: Path): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
}

/** A scalar is its text, except true and false where the schema wants them. */
function decode(key: string, text: string): unknown {
  const type = memberOf(schema, key)?.type;
  if (type === undefined || type === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The schema of a key or list item, without the `optional` around it. */
function memberOf(parent: v.GenericSchema, key: string | number): v.GenericSchema | undefined {
  const members = parent as Partial<v.ObjectSchema<v.ObjectEntries, undefined>> &
    Partial<v.ArraySchema<v.GenericSchema, undefined>>;
  const member = typeof key === "number" ? members.item : members.entries?.[key];
  return member === undefined ? undefined : unwrapped(member);
}

function unwrapped(member: v.GenericSchema): v.GenericSchema {
  return "wrapped" in member ? (member.wrapped as v.GenericSchema) : member;
}

function reportUnknownKeys(
  parent: v.GenericSchema,
  value: unknown,
  path: Path,
  problems: Problems,
): void {
  if (typeof value !== "object" || value === null) return;
  const isList = Array.isArray(value);
  const known =
    "entries" in parent && !isList ? Object.keys(parent.entries as v.ObjectEntries) : null;
  for (const [name, child] of Object.entries(value)) {
    const key = isList ? Number(name) : name;
    const member = memberOf(parent, key);
    if (member !== undefined) reportUnknownKeys(member, child, [...path, key], problems);
    else if (known !== null) reportUnknownKey([...path, key], name, known, problems);
  }
}

function reportUnknownKey(
  path: Path,
  key: string,
  known: readonly string[],
  problems: Problems,
): void {
  const meant = closest(key, known);
  // The value is not shown: it may be a secret at the wrong place.
  problems.add(dotted(path), {
    wrong: "unknown key",
    fix: meant === null ? `use one of ${known.join(", ")}` : `did you mean "${meant}"?`,
  });
  if (meant !== null) problems.doubt(dotted([...path.slice(0, -1), meant]));
}

/** Takes the value at a path out; a list keeps its length, so that later indices stay right. */
function remove(tree: Record<string, unknown>, path: Path): void {
  let parent: Record<string | number, unknown> = tree;
  for (const key of path.slice(0, -1)) {
    const child = parent[key];
    if (typeof child !== "object" || child === null) return;
    parent = child as Record<string | number, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) parent[last] = undefined;
}
