import { asReplace } from "../lib/diff.ts";
import { formatPath, parsePath, type Path } from "../lib/paths.ts";
import type { ChangeKind, PropertyChange } from "../lib/plugin.ts";
import { isList, isMap, Unknown, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import { isReplacing } from "./force-new.ts";
import { isEmptyValue, isEqual, type KubeObject } from "./objects.ts";

/** What a diff compares. */
export interface DiffArgs {
  /** Live object of the state, pruned to the shape of the old inputs. */
  readonly live: KubeObject;
  readonly oldInputs: KubeObject;
  readonly newInputs: KubeObject;
  /** Paths whose change makes a new object, as `replacingPaths` gives them. */
  readonly replacing: readonly string[];
  readonly ignoreChanges: readonly string[];
  /** The API server leaves out empty members of built-in kinds, so that those are no change. */
  readonly isBuiltin: boolean;
}

/**
 * Compares the live object with the new inputs, by the deepest path that differs.
 * @see https://github.com/pulumi/pulumi-kubernetes/blob/v4.32.0/provider/pkg/provider/provider.go convertPatchToDiff
 */
export function diffObjects(args: DiffArgs): Readonly<Record<string, PropertyChange>> {
  const ignored = args.ignoreChanges.map(parsePath);
  const changes = diffMaps(args.live, args.newInputs, args.oldInputs, [], args.isBuiltin)
    .filter(({ path }) => !ignored.some((outer) => isIgnored(path, outer)))
    .map(({ path, kind, value }) => {
      const change: ChangeKind = isReplacing(path, value, args.replacing) ? asReplace(kind) : kind;
      return [formatPath(path), { kind: change, inputDiff: kind === "delete" }] as const;
    });
  return Object.fromEntries(changes);
}

interface Difference {
  readonly path: Path;
  readonly kind: "add" | "delete" | "update";
  /** What the member becomes; null when it goes. */
  readonly value: PropertyValue;
}

function diffMaps(
  old: PropertyMap,
  now: PropertyMap,
  oldInput: PropertyMap,
  at: Path,
  isBuiltin: boolean,
): Difference[] {
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) =>
    diffValue(old[key], now[key], oldInput[key], [...at, key], isBuiltin),
  );
}

function diffValue(
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  oldInput: PropertyValue | undefined,
  path: Path,
  isBuiltin: boolean,
): Difference[] {
  if (now === undefined || now === null) {
    return old === undefined || old === null ? [] : [{ path, kind: "delete", value: null }];
  }
  if (old === undefined) {
    const isLeftOut = isBuiltin && isEmptyValue(now) && isEqual(now, oldInput);
    return isLeftOut ? [] : [{ path, kind: "add", value: now }];
  }
  if (isMap(old) && isMap(now)) {
    return diffMaps(old, now, isMap(oldInput) ? oldInput : {}, path, isBuiltin);
  }
  if (isList(old) && isList(now)) {
    return Array.from({ length: Math.max(old.length, now.length) }, (_, index) => {
      const input = isList(oldInput) ? oldInput[index] : undefined;
      return diffValue(old[index], now[index], input, [...path, index], isBuiltin);
    }).flat();
  }
  return old === now && now !== Unknown ? [] : [{ path, kind: "update", value: now }];
}

function isIgnored(path: Path, outer: Path): boolean {
  return (
    outer.length <= path.length &&
    outer.every((step, index) => step === "*" || String(step) === String(path[index]))
  );
}
