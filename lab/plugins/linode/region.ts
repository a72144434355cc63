import { inner, number, text, texts } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { FunctionHandler } from "../lib/plugin.ts";
import type { Client } from "./client.ts";

/** @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/region/framework_datasource.go */
export function getRegion(client: () => Client): FunctionHandler {
  return async (args, { signal }) => {
    const id = text(args, "id");
    const found = await client()
      .get(`/regions/${encodeURIComponent(id)}`, signal)
      .catch(failing("Unable to find the Linode Region"));
    const resolvers = inner(found, "resolvers");
    const limits = inner(found, "placement_group_limits");
    return {
      id: text(found, "id"),
      label: text(found, "label"),
      country: text(found, "country"),
      status: text(found, "status"),
      siteType: text(found, "site_type"),
      capabilities: texts(found, "capabilities"),
      resolvers: [{ ipv4: text(resolvers, "ipv4"), ipv6: text(resolvers, "ipv6") }],
      placementGroupLimits: [
        {
          maximumPgsPerCustomer: number(limits, "maximum_pgs_per_customer"),
          maximumLinodesPerPg: number(limits, "maximum_linodes_per_pg"),
        },
      ],
    };
  };
}
