import { createHash } from "node:crypto";
import type { CheckFailure, CheckRequest, CheckResult } from "../plugin.ts";
import { checkProperties } from "../check-properties.ts";
import { isList, Unknown, type PropertyMap, type PropertyValue } from "../values.ts";
import { bridgeWords } from "../words.ts";
import { coerced, inputForm } from "./forms.ts";
import { changesOf } from "./plan.ts";
import type { Problem, ResourceSchema } from "./resource.ts";
import { isEqual, isUnset } from "./same.ts";

/** Inputs with defaults filled in, and the list of which ones that were; what is wrong with them. */
export function checked(resource: ResourceSchema, request: CheckRequest): CheckResult {
  const { news, olds, name, randomSeed } = request;
  const given = coerced(resource.table, withoutReserved(news));
  const defaults: Record<string, PropertyValue> = {};
  if (resource.autoNamed && (given["name"] ?? null) === null) {
    const old = defaultsIn(olds).includes("name") ? olds["name"] : undefined;
    defaults["name"] = old ?? `${name}-${randomDigits(randomSeed)}`;
  }
  const { inputs, failures } = checkProperties(
    resource.table,
    { ...given, ...defaults },
    bridgeWords,
  );
  const filled = Object.keys(inputs).filter((key) => (given[key] ?? null) === null);
  return {
    inputs: resource.framework === "plugin" ? inputs : { ...inputs, __defaults: filled.sort() },
    failures: [
      ...failures.map((failure) => described(resource, failure)),
      ...validated(resource, given, name),
    ],
  };
}

function described(resource: ResourceSchema, failure: CheckFailure): CheckFailure {
  const missing = /^Missing required property '(\w+)'$/.exec(failure.reason)?.[1];
  const description = resource.descriptions?.[missing ?? ""];
  return description === undefined
    ? failure
    : { ...failure, reason: `${failure.reason}: ${description}` };
}

function validated(resource: ResourceSchema, given: PropertyMap, name: string): CheckFailure[] {
  const single = Object.entries(resource.validators).flatMap(([at, validate]): Problem[] => {
    const value = given[at];
    if (value === undefined || value === null || value === Unknown) return [];
    return validate(value).map((reason) => ({ at, reason }));
  });
  return [...single, ...(resource.validate?.(given) ?? [])].map(({ at, reason }) => ({
    property: "",
    reason: `${reason}. Examine values at '${name}.${at}'.`,
  }));
}

/** Seven hexadecimal digits that stay the same for one resource in one operation. */
function randomDigits(seed: Uint8Array): string {
  return createHash("sha256").update(seed).digest("hex").slice(0, 7);
}

/** Names of the inputs that were filled in by the last check. */
export function defaultsIn(inputs: PropertyMap): readonly PropertyValue[] {
  const names = inputs["__defaults"];
  return isList(names) ? names : [];
}

/** On a refresh, only inputs that the user gave are brought up to date. */
export function refreshedInputs(
  resource: ResourceSchema,
  inputs: PropertyMap,
  state: PropertyMap,
): PropertyMap {
  const given = withoutReserved(inputs);
  const planned = resource.planned?.(given) ?? given;
  const changes = changesOf(resource, state, planned, []);
  const changed = new Set(Object.keys(changes).map((path) => path.replace(/[.[].*$/s, "")));
  const found = inputForm(resource.table, state);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      changed.has(name) ? (found[name] ?? null) : value,
    ]),
  );
}

/** On an import, everything that one could have given and that is not the default. */
export function importedInputs({ table }: ResourceSchema, state: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(inputForm(table, state)).filter(([name, value]) => {
      const spec = table[name];
      if (spec === undefined || spec.outputOnly === true || isUnset(value)) return false;
      return spec.default === undefined || !isEqual(spec.default, value);
    }),
  );
}

/** What the user gave, without the bridge's own members and nulls. */
export function withoutReserved(map: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(map).filter(([name, value]) => !name.startsWith("__") && value !== null),
  );
}
