import type { Context } from "../context.ts";
import { isBearer, type Api, type ApiResponse, type Routes } from "../http.ts";
import { LabLimit } from "../limits.ts";
import { configRoutes } from "./configs.ts";
import { domainRoutes } from "./domains.ts";
import { ApiError, busyReason, errorBody } from "./errors.ts";
import { eventRoutes } from "./events.ts";
import { firewallRoutes } from "./firewalls.ts";
import { instanceRoutes } from "./instances.ts";
import { keyRoutes } from "./keys.ts";
import { lookupRoutes } from "./lookups.ts";
import { powerRoutes } from "./power.ts";
import { tagRoutes } from "./tags.ts";
import { vpcRoutes } from "./vpcs.ts";

const versions = ["v4", "v4beta"] as const;

/**
 * The Linode API v4, as far as the official Pulumi provider and an inventory use it for Linodes, VPCs, firewalls,
 * SSH keys, tags and the records of domains. Any other call is answered with 501 and its name: clients do not retry that.
 *
 * Every success is 200 with a JSON body, as on the real cloud, and the content type is compared to the letter by
 * the official client.
 * @param token - the bearer token that clients must send
 * @see https://techdocs.akamai.com/linode-api/reference/api
 */
export function linodeApi(context: Context, token: string, log: (line: string) => void): Api {
  return {
    routes: underVersions({
      ...instanceRoutes(context),
      ...powerRoutes(context),
      ...configRoutes(context),
      ...vpcRoutes(context),
      ...firewallRoutes(context),
      ...keyRoutes(context),
      ...tagRoutes(context),
      ...domainRoutes(context),
      ...eventRoutes(context),
      ...lookupRoutes,
    }),
    contentType: "application/json",
    faults: {
      "404": trouble(404, "Not found"),
      "429": { ...trouble(429, "Too many requests"), headers: { "retry-after": "1" } },
      "500": trouble(500, "Internal Server Error"),
      "linode-busy": trouble(400, busyReason),
    },
    before: (authorization) =>
      isBearer(authorization, token) ? null : trouble(401, "Invalid Token"),
    failed: (error, requestId) => {
      if (error instanceof ApiError) {
        return trouble(error.status, error.message, error.field);
      }
      if (error instanceof LabLimit) return trouble(400, error.message);
      log(`request ${requestId}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`);
      return trouble(500, `Internal Server Error: ${String(error)}`);
    },
    missing: (method, path) =>
      trouble(501, `${method} ${path} is not available in the lab's cloud`),
    malformed: () => trouble(400, "The request body could not be parsed as JSON."),
    headers: () => ({}),
  };
}

function trouble(status: number, reason: string, field: string | null = null): ApiResponse {
  return { status, body: errorBody(reason, field) };
}

/** The same routes under each version of the API. */
function underVersions(routes: Routes): Routes {
  return Object.fromEntries(
    Object.entries(routes).flatMap(([key, route]) => {
      const [method = "", path = ""] = key.split(" ");
      return versions.map((version) => [`${method} /${version}${path}`, route]);
    }),
  );
}
