import * as v from "valibot";

// What the value of a key can be; each may be left out. A message is "<what is wrong>; <what to write>"; `checkShape` adds the
// path and the value to it.

export const text = (example: string) => v.optional(v.string(`not text; write ${example}`));

/** @param range - which numbers it takes, in words */
export const integer = (range: string) =>
  v.optional(
    v.pipe(
      v.number(`not a number; write ${range}`),
      v.integer(`not a whole number; write ${range}`),
    ),
  );

export const toggle = v.optional(v.boolean("neither true nor false; write true or false"));

export const object = <T extends v.ObjectEntries>(entries: T, example: string) =>
  v.optional(v.object(entries, `not an object; write ${example}`));

export const list = <T extends v.GenericSchema>(item: T, example: string) =>
  v.optional(v.array(item, `not a list; write ${example}`));
