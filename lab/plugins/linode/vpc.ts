import type { VpcArgs, VpcState } from "@pulumi/linode/vpc.js";
import { number, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { isEqual } from "../lib/bridge/same.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import { idNumber, utcTime } from "./numbers.ts";
import { frameworkResource, remove, type BridgedResource } from "./resource.ts";

const inputs = {
  label: { type: "string", required: true },
  region: { type: "string", required: true, replaces: true },
  description: { type: "string", computed: true },
} as const satisfies Record<keyof VpcArgs, PropertySpec>;

const output = { type: "string", computed: true, outputOnly: true } as const;

const table = {
  ...inputs,
  created: output,
  updated: output,
} as const satisfies Record<keyof VpcState, PropertySpec>;

/** @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/vpc/framework_resource.go */
export const vpc: BridgedResource = {
  ...frameworkResource,
  table,
  descriptions: {
    label: "The label of the VPC. Only contains ascii letters, digits and dashes",
    region: "The region of the VPC.",
  },

  create: async ({ client, signal }, given) => {
    const description = text(given, "description");
    const body = {
      label: text(given, "label"),
      ...(description === "" ? {} : { description }),
      region: text(given, "region"),
    };
    const made = await client
      .request("POST", "/vpcs", signal, body)
      .catch(failing("Failed to create VPC."));
    return String(number(made, "id"));
  },

  read: async ({ client, signal }, id) => {
    const found = await client
      .find(`/vpcs/${idNumber(id)}`, signal)
      .catch(failing("Unable to refresh the VPC."));
    if (found === null) return null;
    return {
      label: text(found, "label"),
      region: text(found, "region"),
      description: text(found, "description"),
      created: utcTime(text(found, "created")),
      updated: utcTime(text(found, "updated")),
    };
  },

  update: async ({ client, signal }, id, state, planned) => {
    const changed = (["label", "description"] as const).filter(
      (name) => !isEqual(state[name] ?? "", planned[name] ?? ""),
    );
    if (changed.length === 0) return;
    const body: Json = Object.fromEntries(
      changed.map((name): [string, string] => [name, text(planned, name)]),
    );
    await client
      .request("PUT", `/vpcs/${id}`, signal, body)
      .catch(failing(`Failed to update VPC (${id}).`));
  },

  delete: (call, id) => remove(call, `/vpcs/${id}`, `Failed to delete the VPC (${id})`),
};
