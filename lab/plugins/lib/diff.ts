import { formatPath, type Path } from "./paths.ts";
import type { ChangeKind, PropertyChange } from "./plugin.ts";
import type { PropertyTable } from "./schema-table.ts";
import { isList, isMap, Unknown, type PropertyMap, type PropertyValue } from "./values.ts";

/**
 * What changed between two sets of values, by path and as deep as it goes; `null` counts as not there.
 * An `Unknown` differs from everything, itself included: it may become anything.
 */
export function diffValues(
  olds: PropertyMap,
  news: PropertyMap,
): readonly { readonly path: Path; readonly kind: "add" | "delete" | "update" }[] {
  return diffMaps(olds, news, []);
}

/** `diffValues` as a `DiffResult` has it, replacing where the table says so for the top-level property. */
export function diffProperties(
  table: PropertyTable,
  olds: PropertyMap,
  news: PropertyMap,
): Readonly<Record<string, PropertyChange>> {
  return Object.fromEntries(
    diffValues(olds, news).map(({ path, kind }) => {
      const replaces = table[String(path[0])]?.replaces === true;
      return [formatPath(path), { kind: replaces ? asReplace(kind) : kind }];
    }),
  );
}

/** The kind that also replaces the resource. */
export function asReplace(kind: ChangeKind): ChangeKind {
  if (kind === "add" || kind === "delete" || kind === "update") return `${kind}-replace`;
  return kind;
}

interface Difference {
  readonly path: Path;
  readonly kind: "add" | "delete" | "update";
}

function diffMaps(olds: PropertyMap, news: PropertyMap, at: Path): Difference[] {
  return [...new Set([...Object.keys(olds), ...Object.keys(news)])].flatMap((key) =>
    diffAt(olds[key], news[key], [...at, key]),
  );
}

function diffAt(
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  path: Path,
): Difference[] {
  const wasThere = old !== undefined && old !== null;
  const isThere = now !== undefined && now !== null;
  if (!wasThere) return isThere ? [{ path, kind: "add" }] : [];
  if (!isThere) return [{ path, kind: "delete" }];
  if (isMap(old) && isMap(now)) return diffMaps(old, now, path);
  if (isList(old) && isList(now)) {
    return Array.from({ length: Math.max(old.length, now.length) }, (_, index) =>
      diffAt(old[index], now[index], [...path, index]),
    ).flat();
  }
  return old === now && now !== Unknown ? [] : [{ path, kind: "update" }];
}
