import type { PropertyTable } from "./schema-table.ts";
import { Unknown, type PropertyMap, type PropertyValue } from "./values.ts";

/**
 * The state as a preview can know it: the inputs, and for each computed property not among them `Unknown`,
 * or its present value when `stays` says that the operation leaves it alone.
 * @param state - the present state; `{}` for a new resource
 * @param stays - default: nothing stays
 */
export function previewState(
  table: PropertyTable,
  inputs: PropertyMap,
  state: PropertyMap = {},
  stays: (name: string) => boolean = () => false,
): PropertyMap {
  const computed = Object.entries(table)
    .filter(([name, spec]) => spec.computed === true && !(name in inputs))
    .map(([name]): [string, PropertyValue] => {
      const present = state[name];
      return [name, present !== undefined && stays(name) ? present : Unknown];
    });
  return { ...inputs, ...Object.fromEntries(computed) };
}
