import type * as bridge from "../lib/bridge/resource.ts";
import type { Client } from "./client.ts";

/** What a resource works with in one operation. */
export type Call = bridge.Call<Client>;

/** One resource type of this provider. */
export type BridgedResource = bridge.BridgedResource<Client>;

/** Terraform's own limit where a resource has none. */
export const standardTimeouts = { create: 1200, update: 1200, delete: 1200 } as const;
