import type { TagArgs, TagState } from "@pulumi/digitalocean/tag.js";
import { inner, number, text } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { BridgedResource } from "./resource.ts";
import { tagName } from "./tag-name.ts";

const inputs = {
  name: { type: "string", required: true, replaces: true },
} as const satisfies Record<keyof TagArgs, PropertySpec>;

const count = { type: "number", computed: true, outputOnly: true } as const;

const table = {
  ...inputs,
  databasesCount: count,
  dropletsCount: count,
  imagesCount: count,
  totalResourceCount: count,
  volumeSnapshotsCount: count,
  volumesCount: count,
} as const satisfies Record<keyof TagState, PropertySpec>;

/** @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/tag/resource_tag.go */
export const tag: BridgedResource = {
  table,
  sets: {},
  autoNamed: true,
  meta: null,
  timeouts: { create: 1200, update: 1200, delete: 1200 },
  validators: { name: tagName },

  create: async ({ client, signal }, given) => {
    const answer = await client
      .request("POST", "/v2/tags", signal, { name: text(given, "name") })
      .catch(failing("Error creating tag"));
    return text(inner(answer, "tag"), "name");
  },

  read: async ({ client, signal }, id) => {
    const answer = await client.find(pathOf(id), signal).catch(failing("Error retrieving tag"));
    if (answer === null) return null;
    const found = inner(answer, "tag");
    const resources = inner(found, "resources");
    const countOf = (kind: string): number => number(inner(resources, kind), "count");
    return {
      name: text(found, "name"),
      totalResourceCount: number(resources, "count"),
      dropletsCount: countOf("droplets"),
      imagesCount: countOf("images"),
      volumesCount: countOf("volumes"),
      volumeSnapshotsCount: countOf("volume_snapshots"),
      databasesCount: countOf("databases"),
    };
  },

  delete: async ({ client, signal }, id) => {
    await client.request("DELETE", pathOf(id), signal).catch(failing("Error deleting tag"));
  },
};

const pathOf = (name: string): string => `/v2/tags/${encodeURIComponent(name)}`;
