/**
 * The first of a list that cannot be empty.
 * @throws Error when it is
 */
export function firstOf<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error("an empty list has no first");
  return first;
}
