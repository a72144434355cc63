import type { PropertyTable, PropertyType } from "../schema-table.ts";
import { isList, isMap, type PropertyMap, type PropertyValue } from "../values.ts";
import { isUnset } from "./same.ts";

/** Values of another simple type as the bridge takes them: "1002" for a number, 5 for a text, "true" for a flag. */
export function coerced(table: PropertyTable, values: PropertyMap): PropertyMap {
  return mapped(table, values, (type, value) => {
    if (type === "number" && typeof value === "string" && /^-?\d+$/.test(value)) {
      return Number(value);
    }
    if (type === "string" && (typeof value === "number" || typeof value === "boolean")) {
      return String(value);
    }
    return type === "boolean" && (value === "true" || value === "false") ? value === "true" : value;
  });
}

/** A state as one would have to give it: without what the cloud adds inside of it, and without what says nothing. */
export function inputForm(table: PropertyTable, state: PropertyMap): PropertyMap {
  const strip = (type: PropertyType, value: PropertyValue): PropertyValue => {
    if (typeof type === "string") return value;
    if ("list" in type && isList(value)) return value.map((item) => strip(type.list, item));
    if (!("object" in type) || !isMap(value)) return value;
    return Object.fromEntries(
      Object.entries(type.object)
        .filter(([name, spec]) => spec.outputOnly !== true && !isUnset(value[name]))
        .map(([name, spec]) => [name, strip(spec.type, value[name] ?? null)]),
    );
  };
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => {
      const type = table[name]?.type;
      return [name, type === undefined ? value : strip(type, value)];
    }),
  );
}

/** Changes each simple value by its type, at any depth. */
function mapped(
  table: PropertyTable,
  values: PropertyMap,
  change: (type: PropertyType, value: PropertyValue) => PropertyValue,
): PropertyMap {
  const deep = (type: PropertyType | undefined, value: PropertyValue): PropertyValue => {
    if (type === undefined) return value;
    if (typeof type === "string") return change(type, value);
    if ("list" in type) return isList(value) ? value.map((item) => deep(type.list, item)) : value;
    return "object" in type && isMap(value) ? mapped(type.object, value, change) : value;
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, deep(table[name]?.type, value)]),
  );
}
