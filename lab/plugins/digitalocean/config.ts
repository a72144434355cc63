import type { ProviderArgs } from "@pulumi/digitalocean/provider.js";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { PropertyMap } from "../lib/values.ts";
import type { ClientOptions } from "./client.ts";

/**
 * The provider's arguments. Those for Spaces concern only resources that this plugin refuses.
 * @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/provider.go
 */
export const providerConfig = {
  token: { type: "string" },
  apiEndpoint: { type: "string" },
  httpRetryMax: { type: "number" },
  httpRetryWaitMin: { type: "number" },
  httpRetryWaitMax: { type: "number" },
  requestsPerSecond: { type: "number" },
  spacesAccessId: { type: "string" },
  spacesEndpoint: { type: "string" },
  spacesSecretKey: { type: "string" },
} as const satisfies Record<keyof ProviderArgs, PropertySpec>;

/** An argument wins over the environment, and that over the default, as in the official plugin. */
export function clientOptions(config: PropertyMap, env: NodeJS.ProcessEnv): ClientOptions {
  const text = (name: keyof typeof providerConfig, ...variables: readonly string[]): string => {
    const given = config[name];
    if (typeof given === "string" && given !== "") return given;
    return variables.map((variable) => env[variable] ?? "").find((value) => value !== "") ?? "";
  };
  const number = (
    name: keyof typeof providerConfig,
    variable: string,
    standard: number,
  ): number => {
    const given = config[name] ?? env[variable] ?? "";
    return given === "" ? standard : Number(given);
  };
  return {
    token: text("token", "DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"),
    endpoint: text("apiEndpoint", "DIGITALOCEAN_API_URL") || "https://api.digitalocean.com",
    retries: number("httpRetryMax", "DIGITALOCEAN_HTTP_RETRY_MAX", 4),
    minWaitSeconds: number("httpRetryWaitMin", "DIGITALOCEAN_HTTP_RETRY_WAIT_MIN", 1),
    maxWaitSeconds: number("httpRetryWaitMax", "DIGITALOCEAN_HTTP_RETRY_WAIT_MAX", 30),
    requestsPerSecond: number("requestsPerSecond", "DIGITALOCEAN_REQUESTS_PER_SECOND", 0),
  };
}
