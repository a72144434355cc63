import { inner, inners, number, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { FunctionHandler } from "../lib/plugin.ts";
import type { Client } from "./client.ts";

const perPage = 200;

/**
 * The zones of the account; this one neither filters nor sorts.
 * @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/domain/datasource_domains.go
 */
export function getDomains(client: () => Client): FunctionHandler {
  return async (args, { signal }) => {
    if (args["filters"] !== undefined || args["sorts"] !== undefined) {
      throw new Error(
        "the lab's stand-in for the digitalocean plugin does not do filters and sorts; use the official plugin for it",
      );
    }
    const found: Json[] = [];
    for (let page = 1; ; page++) {
      const answer = await client()
        .get(`/v2/domains?page=${page}&per_page=${perPage}`, signal)
        .catch(failing("Unable to load records: error retrieving domains"));
      found.push(...inners(answer, "domains"));
      if (found.length >= number(inner(answer, "meta"), "total")) break;
    }
    return {
      id: "domains",
      domains: found.map((domain) => ({
        name: text(domain, "name"),
        ttl: number(domain, "ttl"),
        urn: `do:domain:${text(domain, "name")}`,
      })),
    };
  };
}
