import type { FirewallDeviceArgs, FirewallDeviceState } from "@pulumi/linode/firewallDevice.js";
import { inner, number, text } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { PropertyMap } from "../lib/values.ts";
import { idNumber, importedIds, utcTime } from "./numbers.ts";
import { frameworkResource, remove, type BridgedResource } from "./resource.ts";

const inputs = {
  firewallId: { type: "number", required: true, replaces: true },
  entityId: { type: "number", required: true, replaces: true },
  entityType: { type: "string", replaces: true },
} as const satisfies Record<keyof FirewallDeviceArgs, PropertySpec>;

const output = { type: "string", computed: true, outputOnly: true } as const;

const table = {
  ...inputs,
  created: output,
  updated: output,
} as const satisfies Record<keyof FirewallDeviceState, PropertySpec>;

/**
 * Puts one Linode behind one firewall. The API refuses a Linode that is behind one already, this firewall included.
 * @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/firewalldevice/framework_resource.go
 */
export const firewallDevice: BridgedResource = {
  ...frameworkResource,
  table,
  descriptions: {
    firewallId: "The ID of the Firewall to access.",
    entityId: "The ID of the entity to create a Firewall device for.",
  },
  planned: (given) => ({ entityType: "linode", ...given }),

  create: async ({ client, signal }, given) => {
    const body = { id: Number(given["entityId"]), type: text(given, "entityType") || "linode" };
    const made = await client
      .request("POST", devicesOf(given), signal, body)
      .catch(failing("Error creating a Linode Firewall Device"));
    return String(number(made, "id"));
  },

  read: async ({ client, signal }, id, known) => {
    const found = await client
      .find(`${devicesOf(known)}/${idNumber(id)}`, signal)
      .catch(failing("Error finding the specified Linode Firewall Device"));
    if (found === null) return null;
    const entity = inner(found, "entity");
    return {
      entityId: number(entity, "id"),
      entityType: text(entity, "type"),
      created: utcTime(text(found, "created")),
      updated: utcTime(text(found, "updated")),
    };
  },

  readImport: (_call, id) => {
    const { outer, inner: device } = importedIds(id, ["firewall_id", "id"]);
    return Promise.resolve({ id: device, firewallId: outer });
  },

  delete: (call, id, state) =>
    remove(call, `${devicesOf(state)}/${id}`, `Error deleting Linode Firewall Device ${id}`),
};

function devicesOf(known: PropertyMap): string {
  return `/networking/firewalls/${Number(known["firewallId"])}/devices`;
}
