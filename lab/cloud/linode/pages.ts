import type { ApiRequest, ApiResponse } from "../http.ts";
import { refused } from "./errors.ts";
import { filtered } from "./filter.ts";

/**
 * One page of a list, filtered as the request says. A page behind the last one is empty: the official provider
 * asks for page 100 of the types to see whether anybody answers.
 * @see https://techdocs.akamai.com/linode-api/reference/pagination
 */
export function page(request: ApiRequest, items: readonly object[]): ApiResponse {
  const found = filtered(request, items);
  const size = number(request, "page_size", 100, 25, 500);
  const current = number(request, "page", 1, 1, Number.MAX_SAFE_INTEGER);
  return {
    status: 200,
    body: {
      data: found.slice((current - 1) * size, current * size),
      page: current,
      pages: Math.max(1, Math.ceil(found.length / size)),
      results: found.length,
    },
  };
}

function number(
  { url }: ApiRequest,
  name: string,
  standard: number,
  least: number,
  most: number,
): number {
  const value = Number(url.searchParams.get(name) ?? standard);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw refused(`Must be ${least}-${most}`, name);
}
