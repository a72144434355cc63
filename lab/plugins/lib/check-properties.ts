import type { Path } from "./paths.ts";
import type { CheckFailure, CheckResult } from "./plugin.ts";
import type { PropertyTable, PropertyType } from "./schema-table.ts";
import { markSecrets } from "./secrets.ts";
import type { Words } from "./words.ts";
import { isList, isMap, Unknown, type PropertyMap, type PropertyValue } from "./values.ts";

/**
 * Checks inputs by the table: unknown names, missing and mistyped values; fills in defaults; marks secrets.
 * `null` counts as not given. `Unknown` passes for any type.
 * @param words - the texts of the official provider's framework
 */
export function checkProperties(
  table: PropertyTable,
  news: PropertyMap,
  words: Words,
): CheckResult & { readonly failures: readonly CheckFailure[] } {
  const failures: CheckFailure[] = [];
  const inputs = checkMap(table, news, [], words, failures);
  return { inputs: markSecrets(inputs, tableSecrets(table, inputs)), failures };
}

/** Where the table says that something secret is, among what is given. */
export function tableSecrets(table: PropertyTable, values: PropertyMap): readonly Path[] {
  return Object.entries(table).flatMap(([name, spec]) =>
    spec.secret === true ? [[name]] : typeSecrets(spec.type, values[name], [name]),
  );
}

/**
 * The provider's arguments with their real types: the SDK hands numbers, booleans, lists and maps over as JSON text.
 * What is not JSON is left for the check to refuse.
 */
export function decodeConfig(table: PropertyTable, config: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      const type = table[name]?.type;
      const isText = typeof value === "string" && type !== undefined && type !== "string";
      return [name, isText ? parseJson(value) : value];
    }),
  );
}

function checkMap(
  table: PropertyTable,
  values: PropertyMap,
  at: Path,
  words: Words,
  failures: CheckFailure[],
): PropertyMap {
  const checked: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const spec = table[name];
    const isOurs = spec !== undefined && spec.outputOnly !== true;
    if (isOurs && value !== null) {
      checked[name] = checkValue(spec.type, value, [...at, name], words, failures);
    } else if (!isOurs && !isEngineProperty(name)) {
      failures.push(words.unknown([...at, name]));
    }
  }
  for (const [name, spec] of Object.entries(table)) {
    if (name in checked) continue;
    if (spec.default !== undefined) checked[name] = spec.default;
    else if (spec.required === true) failures.push(words.missing([...at, name]));
  }
  return checked;
}

/** The engine adds these to a resource's or provider's inputs; they are no properties of it. */
function isEngineProperty(name: string): boolean {
  return name.startsWith("__") || name === "version" || name === "pluginDownloadURL";
}

function checkValue(
  type: PropertyType,
  value: PropertyValue,
  at: Path,
  words: Words,
  failures: CheckFailure[],
): PropertyValue {
  if (value === Unknown || value === null || type === "any") return value;
  if (typeof type === "string") {
    if (typeof value === type) return value;
  } else if ("list" in type) {
    if (isList(value)) {
      return value.map((item, index) =>
        checkValue(type.list, item, [...at, index], words, failures),
      );
    }
  } else if (isMap(value)) {
    if ("object" in type) return checkMap(type.object, value, at, words, failures);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        checkValue(type.map, item, [...at, key], words, failures),
      ]),
    );
  }
  failures.push(words.wrongType(at, typeName(type), value));
  return value;
}

function typeName(type: PropertyType): string {
  if (typeof type === "string") return type;
  return "list" in type ? "array" : "object";
}

function typeSecrets(type: PropertyType, value: PropertyValue | undefined, at: Path): Path[] {
  if (typeof type === "string") return [];
  if ("list" in type) {
    const items = isList(value) ? value : [];
    return items.some((item) => typeSecrets(type.list, item, at).length > 0) ? [[...at]] : [];
  }
  if (!isMap(value)) return [];
  if ("object" in type) return tableSecrets(type.object, value).map((path) => [...at, ...path]);
  return Object.entries(value).flatMap(([key, item]) => typeSecrets(type.map, item, [...at, key]));
}

function parseJson(text: string): PropertyValue {
  try {
    return JSON.parse(text) as PropertyValue;
  } catch {
    return text;
  }
}
