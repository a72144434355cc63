import type { ProviderArgs } from "@pulumi/linode/provider.js";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { PropertyMap } from "../lib/values.ts";
import type { ClientOptions } from "./client.ts";
import { refused } from "./refused.ts";

/**
 * The provider's arguments. Those for LKE and object storage concern only resources that this plugin refuses.
 * @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/provider.go
 */
export const providerConfig = {
  token: { type: "string", secret: true },
  url: { type: "string" },
  apiVersion: { type: "string" },
  apiCaPath: { type: "string" },
  configPath: { type: "string" },
  configProfile: { type: "string" },
  uaPrefix: { type: "string" },
  disableInternalCache: { type: "boolean" },
  eventPollMs: { type: "number" },
  minRetryDelayMs: { type: "number" },
  maxRetryDelayMs: { type: "number" },
  skipInstanceReadyPoll: { type: "boolean" },
  skipInstanceDeletePoll: { type: "boolean" },
  skipImplicitReboots: { type: "boolean" },
  lkeEventPollMs: { type: "number" },
  lkeNodeReadyPollMs: { type: "number" },
  objAccessKey: { type: "string" },
  objSecretKey: { type: "string", secret: true },
  objUseTempKeys: { type: "boolean" },
  objBucketForceDelete: { type: "boolean" },
} as const satisfies Record<keyof ProviderArgs, PropertySpec>;

type Argument = keyof typeof providerConfig;

/**
 * An argument wins over the environment, and that over the default, as in the official plugin.
 * @throws Error for what this plugin cannot do: a CA of the API's own, and the command line tool's file of profiles
 */
export function clientOptions(config: PropertyMap, env: NodeJS.ProcessEnv): ClientOptions {
  const text = (name: Argument, variable: string): string => {
    const given = config[name];
    return typeof given === "string" && given !== "" ? given : (env[variable] ?? "");
  };
  const number = (name: Argument, standard: number, variable = ""): number => {
    const given = config[name];
    if (typeof given === "number" && given !== 0) return given;
    const found = env[variable] ?? "";
    return /^\d+$/.test(found) ? Number(found) : standard;
  };
  if (text("apiCaPath", "LINODE_CA") !== "") throw refused("the provider's apiCaPath (LINODE_CA)");
  const profiles = text("configPath", "") || join(env["HOME"] ?? homedir(), ".config", "linode");
  const token = text("token", "LINODE_TOKEN");
  if (token === "" && existsSync(profiles)) {
    throw refused(`the token of a profile in ${profiles}; set linode:token or LINODE_TOKEN`);
  }
  return {
    token,
    origin: text("url", "LINODE_URL") || "https://api.linode.com",
    version: text("apiVersion", "LINODE_API_VERSION") || "v4",
    isCaching: config["disableInternalCache"] !== true,
    eventPollMs: number("eventPollMs", 4000, "LINODE_EVENT_POLL_MS"),
    minRetryDelayMs: number("minRetryDelayMs", 3000),
    maxRetryDelayMs: number("maxRetryDelayMs", 30_000),
    skipReadyPoll: config["skipInstanceReadyPoll"] === true,
    skipDeletePoll: config["skipInstanceDeletePoll"] === true,
    skipReboots: config["skipImplicitReboots"] === true,
  };
}
