import type { ApiRequest, ApiResponse } from "../http.ts";

/**
 * One page of a list, with the links and the total that clients page by.
 * @param plural - name of the list in the answer, e.g. "droplets"
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#section/Introduction/Links-and-Pagination
 */
export function page({ url }: ApiRequest, plural: string, items: readonly unknown[]): ApiResponse {
  const perPage = clamp(url.searchParams.get("per_page"), 20, 200);
  const current = clamp(url.searchParams.get("page"), 1, Number.MAX_SAFE_INTEGER);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const linkTo = (to: number): string => {
    const link = new URL(url);
    link.searchParams.set("page", String(to));
    link.searchParams.set("per_page", String(perPage));
    return link.href;
  };
  const pages = {
    ...(current > 1 ? { first: linkTo(1), prev: linkTo(Math.min(current - 1, last)) } : {}),
    ...(current < last ? { next: linkTo(current + 1), last: linkTo(last) } : {}),
  };
  return {
    status: 200,
    body: {
      [plural]: items.slice((current - 1) * perPage, current * perPage),
      links: Object.keys(pages).length > 0 ? { pages } : {},
      meta: { total: items.length },
    },
  };
}

function clamp(given: string | null, standard: number, most: number): number {
  const value = Number(given ?? standard);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : standard;
}
