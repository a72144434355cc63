import { isBearer, type Api } from "../http.ts";
import { LabLimit } from "../limits.ts";
import { actionRoutes } from "./actions.ts";
import type { Context } from "../context.ts";
import { domainRoutes } from "./domains.ts";
import { dropletRoutes } from "./droplets.ts";
import { ApiError, unprocessable } from "./errors.ts";
import { firewallRoutes } from "./firewalls.ts";
import { keyRoutes } from "./keys.ts";
import { lookupRoutes } from "./lookups.ts";
import { reservedIpRoutes } from "./reserved-ips.ts";
import { tagRoutes } from "./tags.ts";
import { vpcRoutes } from "./vpcs.ts";

/** Requests per hour, in the rate headers; the lab never refuses one for it. */
const hourlyLimit = 5000;

/**
 * The DigitalOcean API v2, as far as the official Pulumi provider uses it for droplets, VPCs, firewalls, SSH
 * keys, tags, reserved IPs and the records of domains. Any other call is answered with 501 and its name: clients do not retry that.
 * @param token - the bearer token that clients must send
 * @see https://docs.digitalocean.com/reference/api/digitalocean/
 */
export function digitalOceanApi(context: Context, token: string, log: (line: string) => void): Api {
  const rate = rateCounter();
  return {
    routes: {
      ...dropletRoutes(context),
      ...actionRoutes(context),
      ...vpcRoutes(context),
      ...firewallRoutes(context),
      ...keyRoutes(context),
      ...tagRoutes(context),
      ...reservedIpRoutes(context),
      ...domainRoutes(context),
      ...lookupRoutes,
    },
    contentType: "application/json; charset=utf-8",
    faults: {
      "404": trouble(404, "not_found", "The resource you were accessing could not be found."),
      "429": {
        ...trouble(429, "too_many_requests", "API rate limit exceeded."),
        headers: { "retry-after": "1" },
      },
      "500": trouble(500, "server_error", "Unexpected server-side error"),
    },
    before: (authorization) =>
      isBearer(authorization, token)
        ? null
        : { status: 401, body: { id: "Unauthorized", message: "Unable to authenticate you" } },
    failed: (thrown, requestId) => {
      const error = thrown instanceof LabLimit ? unprocessable(thrown.message) : thrown;
      if (error instanceof ApiError) {
        const { status, id, message } = error;
        return { status, body: { id, message, request_id: requestId } };
      }
      log(`request ${requestId}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`);
      const message = `Unexpected server-side error: ${String(error)}`;
      return { status: 500, body: { id: "server_error", message, request_id: requestId } };
    },
    missing: (method, path) => ({
      status: 501,
      body: {
        id: "not_implemented",
        message: `${method} ${path} is not available in the lab's cloud`,
      },
    }),
    malformed: () => ({
      status: 400,
      body: { id: "bad_request", message: "The request body could not be parsed as JSON." },
    }),
    headers: rate,
  };
}

const trouble = (status: number, id: string, message: string) => ({
  status,
  body: { id, message },
});

function rateCounter(): () => Readonly<Record<string, string>> {
  let used = 0;
  let reset = 0;
  return () => {
    const now = Math.floor(Date.now() / 1000);
    if (now >= reset) {
      used = 0;
      reset = now + 3600;
    }
    used++;
    return {
      "ratelimit-limit": String(hourlyLimit),
      "ratelimit-remaining": String(Math.max(1, hourlyLimit - used)),
      "ratelimit-reset": String(reset),
    };
  };
}
