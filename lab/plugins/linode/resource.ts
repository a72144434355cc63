import type * as bridge from "../lib/bridge/resource.ts";
import { failing } from "../lib/bridge/failing.ts";
import { isNotFound, type Client } from "./client.ts";

/** What a resource works with in one operation. */
export type Call = bridge.Call<Client>;

/** One resource type of this provider. */
export type BridgedResource = bridge.BridgedResource<Client>;

/** Terraform's own limit where a resource has none. */
export const standardTimeouts = { create: 1200, update: 1200, delete: 1200 } as const;

/** What resources of the provider's newer half have in common. */
export const frameworkResource = {
  framework: "plugin",
  sets: {},
  autoNamed: false,
  meta: null,
  timeouts: standardTimeouts,
  validators: {},
} as const satisfies Partial<BridgedResource>;

/**
 * Deletes something; what is gone already is no failure.
 * @param context - begins the message of any other
 */
export async function remove(
  { client, signal }: Call,
  path: string,
  context: string,
): Promise<void> {
  await client.request("DELETE", path, signal).catch((error: unknown) => {
    if (!isNotFound(error)) failing(context)(error);
  });
}
