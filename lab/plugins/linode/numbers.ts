/** An id of the state as the API has it. @throws Error in the provider's words when it is none */
export function idNumber(id: string): number {
  if (/^-?\d+$/.test(id)) return Number(id);
  throw new Error(
    `Invalid number string: ${id}: strconv.Atoi: parsing ${JSON.stringify(id)}: invalid syntax`,
  );
}

/**
 * The ids in what a user gives to `pulumi import` for a resource inside of another.
 * @param names - as the message has them, the outer one first
 * @throws Error in the provider's words when there are more or fewer
 */
export function importedIds(
  id: string,
  names: readonly [string, string],
): { readonly outer: number; readonly inner: string } {
  const [outer = "", inner = "", ...rest] = id.replaceAll(" ", "").split(",");
  if (outer === "" || inner === "" || rest.length > 0) {
    throw new Error(
      `Unexpected Import Identifier: Expected import identifier with format: ${names.join(", ")}. Got: ${JSON.stringify(id)}`,
    );
  }
  return { outer: idNumber(outer), inner };
}

/** A time of the API, which has no zone, as the provider keeps it. */
export function utcTime(time: string): string {
  return time === "" ? "" : `${time}Z`;
}
