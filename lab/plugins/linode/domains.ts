import { number, text, texts } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { FunctionHandler } from "../lib/plugin.ts";
import type { Client } from "./client.ts";
import { refused } from "./refused.ts";

/**
 * The zones of the account; this one neither filters nor sorts.
 * @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/domains/framework_datasource.go
 */
export function getDomains(client: () => Client): FunctionHandler {
  return async (args, { signal }) => {
    if (Object.keys(args).length > 0) {
      throw refused("filters and sorts of domains");
    }
    const found = await client()
      .list("/domains", signal)
      .catch(failing("Failed to list linode domains"));
    return {
      id: "domains",
      domains: found.map((domain) => ({
        id: number(domain, "id"),
        domain: text(domain, "domain"),
        type: text(domain, "type"),
        group: text(domain, "group"),
        status: text(domain, "status"),
        description: text(domain, "description"),
        soaEmail: text(domain, "soa_email"),
        tags: texts(domain, "tags"),
        masterIps: texts(domain, "master_ips"),
        axfrIps: texts(domain, "axfr_ips"),
        ttlSec: number(domain, "ttl_sec"),
        retrySec: number(domain, "retry_sec"),
        expireSec: number(domain, "expire_sec"),
        refreshSec: number(domain, "refresh_sec"),
      })),
    };
  };
}
