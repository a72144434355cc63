import type { PropertyValue } from "./values.ts";

/** What the official schema says of one property, input or output. */
export interface PropertySpec {
  readonly type: PropertyType;
  readonly required?: boolean;
  /** Secret wherever it appears. A secret output is one. */
  readonly secret?: boolean;
  /** Known only once the resource exists, unless the user gives it: in a preview `Unknown`. */
  readonly computed?: boolean;
  /** The user cannot set it. */
  readonly outputOnly?: boolean;
  /** A change replaces the resource. */
  readonly replaces?: boolean;
  /** Filled in when the user gives none; must be a value of the type. */
  readonly default?: PropertyValue;
}

export type PropertyType =
  | "string"
  | "number"
  | "boolean"
  | "any"
  | { readonly list: PropertyType }
  | { readonly map: PropertyType }
  | { readonly object: PropertyTable };

/** Property name → what the official schema says of it; say `satisfies Record<keyof XxxArgs, PropertySpec>`. */
export type PropertyTable = Readonly<Record<string, PropertySpec>>;
