import { asReplace } from "../diff.ts";
import { formatPath, isWithin, parsePath, type Path } from "../paths.ts";
import type { ChangeKind, PropertyChange } from "../plugin.ts";
import type { PropertyTable, PropertyType } from "../schema-table.ts";
import {
  hasUnknown,
  isList,
  isMap,
  Unknown,
  type PropertyMap,
  type PropertyValue,
} from "../values.ts";
import { identity, isEqual, isUnset, isZero, type SetKind } from "./same.ts";

/** What decides how the state and the plan of a resource compare. */
export interface Comparison {
  /** Inputs and outputs. */
  readonly table: PropertyTable;
  /** Properties whose members have no order, also inside those of others. */
  readonly sets: Readonly<Record<string, SetKind>>;
  /** Differences that are none, e.g. white space around a key; `name` is the property's own, at any depth. */
  isSame?(name: string, old: PropertyValue, now: PropertyValue): boolean;
  /** Replaces although the table does not say so. */
  forcesNew?(name: string, old: PropertyValue | undefined, now: PropertyValue | undefined): boolean;
}

/**
 * The state that inputs lead to: what is ignored stays as it is, what is left out and computed stays as well.
 * @param ignored - property paths, as the engine writes them
 */
export function plannedInputs(
  comparison: Comparison,
  state: PropertyMap,
  planned: PropertyMap,
  ignored: readonly string[],
): PropertyMap {
  const kept = ignored.map((path) => String(parsePath(path)[0]));
  const { table, sets } = comparison;
  const entries = Object.entries(table).map(([name, spec]): [string, PropertyValue | undefined] => {
    if (kept.includes(name)) return [name, state[name]];
    const given = planned[name];
    if (given === undefined || given === null) {
      return [name, spec.computed === true ? state[name] : given];
    }
    return [
      name,
      name in sets ? given : completed(comparison, spec.type, name, state[name], given),
    ];
  });
  return Object.fromEntries(
    entries.filter((entry): entry is [string, PropertyValue] => entry[1] !== undefined),
  );
}

/** A value with what the cloud has filled in inside of it, place by place. */
function completed(
  comparison: Comparison,
  type: PropertyType,
  name: string,
  old: PropertyValue | undefined,
  now: PropertyValue,
): PropertyValue {
  if (old === undefined || old === null || now === Unknown) return now;
  if (comparison.isSame?.(name, old, now) === true) return old;
  if (typeof type === "string") return now;
  if ("list" in type && isList(old) && isList(now)) {
    return now.map((item, index) => completed(comparison, type.list, name, old[index], item));
  }
  if (!("object" in type) || !isMap(old) || !isMap(now)) return now;
  const members = Object.entries(type.object).map(
    ([member, spec]): [string, PropertyValue | undefined] => {
      const given = now[member] ?? undefined;
      if (given === undefined) return [member, spec.computed === true ? old[member] : undefined];
      return [member, completed(comparison, spec.type, member, old[member], given)];
    },
  );
  return Object.fromEntries(
    members.filter((entry): entry is [string, PropertyValue] => entry[1] !== undefined),
  );
}

/**
 * What changes, by path, as the official plugin's plan shows it.
 * @param planned - inputs in the form that the state has
 */
export function changesOf(
  comparison: Comparison,
  state: PropertyMap,
  planned: PropertyMap,
  ignored: readonly string[],
): Readonly<Record<string, PropertyChange>> {
  const keep = ignored.map(parsePath);
  const changes: Record<string, PropertyChange> = {};
  for (const [name, spec] of Object.entries(comparison.table)) {
    if (spec.outputOnly === true) continue;
    const old = state[name];
    const now = planned[name] ?? undefined;
    if (now === undefined && (spec.computed === true || isUnset(old))) continue;
    const replaces = spec.replaces === true || comparison.forcesNew?.(name, old, now) === true;
    for (const { path, kind } of valueChanges(comparison, spec.type, [name], old, now)) {
      if (keep.some((outer) => isWithin(path, outer))) continue;
      changes[formatPath(path)] = { kind: replaces ? asReplace(kind) : kind };
    }
  }
  return changes;
}

interface Change {
  readonly path: Path;
  readonly kind: ChangeKind;
}

function valueChanges(
  comparison: Comparison,
  type: PropertyType,
  path: Path,
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
): Change[] {
  const hadNone = old === undefined || old === null;
  if (hadNone && (now === undefined || now === null)) return [];
  if (now === Unknown) return [{ path, kind: hadNone ? "add" : "update" }];
  if (isZero(old) && isZero(now)) return [];
  if (hadNone) return [{ path, kind: "add" }];
  if (now === undefined || now === null) return [{ path, kind: "delete" }];
  const set = path.length === 1 ? comparison.sets[String(path[0])] : undefined;
  if (set !== undefined && isList(old) && isList(now)) return setChanges(set, path, old, now);
  const name = path.findLast((step) => typeof step === "string") ?? "";
  if (isEqual(old, now) || comparison.isSame?.(name, old, now) === true) return [];
  if (typeof type === "object") {
    if ("list" in type && isList(old) && isList(now)) {
      return listChanges(comparison, type.list, path, old, now);
    }
    if ("object" in type && isMap(old) && isMap(now)) {
      return objectChanges(comparison, type.object, path, old, now);
    }
  }
  return [{ path, kind: "update" }];
}

/** Members that differ, place by place. */
function listChanges(
  comparison: Comparison,
  type: PropertyType,
  path: Path,
  old: readonly PropertyValue[],
  now: readonly PropertyValue[],
): Change[] {
  return Array.from({ length: Math.max(old.length, now.length) }, (_, index) =>
    valueChanges(comparison, type, [...path, index], old[index], now[index]),
  ).flat();
}

/** What the cloud fills in, and what reads as the type's zero, is no difference when it is not given. */
function objectChanges(
  comparison: Comparison,
  table: PropertyTable,
  path: Path,
  old: PropertyMap,
  now: PropertyMap,
): Change[] {
  return Object.entries(table).flatMap(([name, spec]) => {
    const left = old[name];
    const right = now[name] ?? undefined;
    const isLeftOut = right === undefined && (spec.computed === true || isUnset(left));
    if (spec.outputOnly === true || isLeftOut) return [];
    return valueChanges(comparison, spec.type, [...path, name], left, right);
  });
}

/** Members that came or went, each at the place where the inputs (or else the state) have it. */
function setChanges(
  kind: SetKind,
  path: Path,
  old: readonly PropertyValue[],
  now: readonly PropertyValue[],
): Change[] {
  if (now.some(hasUnknown)) return [{ path, kind: "update" }];
  const [before, after] = [old, now].map((list) => list.map((member) => identity(kind, member)));
  const changes: Change[] = [];
  for (let index = 0; index < Math.max(old.length, now.length); index++) {
    const [was, is] = [before?.[index], after?.[index]];
    const left = was !== undefined && after?.includes(was) !== true;
    const came = is !== undefined && before?.includes(is) !== true;
    const at = [...path, index];
    if (left && came) changes.push(...memberChanges(kind, at, old[index], now[index]));
    else if (left) changes.push({ path: at, kind: "delete" });
    else if (came) changes.push({ path: at, kind: "add" });
  }
  return changes;
}

function memberChanges(
  kind: SetKind,
  path: Path,
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
): Change[] {
  if (typeof kind === "string" || !isMap(old) || !isMap(now)) return [{ path, kind: "update" }];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names.flatMap((name): Change[] => {
    const left = old[name];
    const right = now[name];
    const at = [...path, name];
    if (isZero(left) && isZero(right)) return [];
    const inner = kind.sets[name];
    if (inner !== undefined && isList(left) && isList(right)) {
      return setChanges(inner, at, left, right);
    }
    if (isZero(left)) return [{ path: at, kind: "add" }];
    if (isZero(right)) return [{ path: at, kind: "delete" }];
    return isEqual(left ?? null, right ?? null) ? [] : [{ path: at, kind: "update" }];
  });
}
