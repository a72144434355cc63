import { isObject, type Body } from "../body.ts";
import type { ApiRequest } from "../http.ts";
import { refused } from "./errors.ts";

/**
 * Filters and sorts a list as the request's X-Filter header says, in which members of objects are named
 * with dots, e.g. `{"+order": "desc", "+order_by": "created", "entity.id": 123}`.
 * @throws ApiError 400 when the header is no such filter
 * @see https://techdocs.akamai.com/linode-api/reference/filtering-and-sorting
 */
export function filtered<T extends object>({ headers }: ApiRequest, items: readonly T[]): T[] {
  const header = headers["x-filter"];
  if (typeof header !== "string" || header.trim() === "") return [...items];
  const filter = parsed(header);
  const found = items.filter((item) => fits(filter, item));
  const by = filter["+order_by"];
  if (typeof by !== "string") return found;
  const sign = filter["+order"] === "desc" ? -1 : 1;
  return found.sort((one, other) => sign * compare(member(one, by), member(other, by)));
}

function parsed(header: string): Body {
  try {
    const filter: unknown = JSON.parse(header);
    if (isObject(filter)) return filter;
  } catch {
    // no JSON at all: refused like any other text that is no object
  }
  throw refused("Cannot parse the X-Filter header as a JSON object.");
}

function fits(filter: Body, item: object): boolean {
  return Object.entries(filter).every(([name, wanted]) => {
    switch (name) {
      case "+order":
      case "+order_by":
        return true;
      case "+and":
        return filtersIn(name, wanted).every((inner) => fits(inner, item));
      case "+or":
        return filtersIn(name, wanted).some((inner) => fits(inner, item));
      default:
        return fitsMember(wanted, member(item, name));
    }
  });
}

function filtersIn(name: string, wanted: unknown): readonly Body[] {
  if (Array.isArray(wanted) && wanted.every(isObject)) return wanted;
  throw refused(`${name} must be a list of filters`, "X-Filter");
}

function fitsMember(wanted: unknown, value: unknown): boolean {
  if (!isObject(wanted)) return isOrHas(value, wanted);
  return Object.entries(wanted).every(([operator, operand]) => {
    switch (operator) {
      case "+contains":
        return String(value).toLowerCase().includes(String(operand).toLowerCase());
      case "+neq":
        return !isOrHas(value, operand);
      case "+gt":
        return compare(value, operand) > 0;
      case "+gte":
        return compare(value, operand) >= 0;
      case "+lt":
        return compare(value, operand) < 0;
      case "+lte":
        return compare(value, operand) <= 0;
      default:
        throw refused(`${operator} is no operator of a filter`, "X-Filter");
    }
  });
}

/** A list, such as that of tags, fits what is in it. */
function isOrHas(value: unknown, wanted: unknown): boolean {
  return Array.isArray(value) ? value.includes(wanted) : value === wanted;
}

function member(item: object, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), item);
}

function compare(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [left, right] = [String(one), String(other)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
