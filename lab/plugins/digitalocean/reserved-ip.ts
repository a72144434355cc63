import type { ReservedIpArgs, ReservedIpState } from "@pulumi/digitalocean/reservedIp.js";
import { inner, number, text } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { isEqual } from "../lib/bridge/same.ts";
import { ipv4 } from "../lib/bridge/validators.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import { ResponseError } from "./client.ts";
import { awaitAction, findReservedIp, orderAction } from "./reserved-ip-action.ts";
import type { BridgedResource } from "./resource.ts";

const inputs = {
  region: { type: "string", required: true, replaces: true },
  dropletId: { type: "number" },
  ipAddress: { type: "string", computed: true },
} as const satisfies Record<keyof ReservedIpArgs, PropertySpec>;

const table = {
  ...inputs,
  reservedIpUrn: { type: "string", computed: true, outputOnly: true },
} as const satisfies Record<keyof ReservedIpState, PropertySpec>;

/** @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/reservedip/resource_reserved_ip.go */
export const reservedIp: BridgedResource = {
  table,
  sets: {},
  autoNamed: false,
  meta: null,
  timeouts: { create: 1200, update: 1200, delete: 1200 },
  validators: { ipAddress: ipv4("ip_address") },
  planned: (given) =>
    typeof given["region"] === "string"
      ? { ...given, region: given["region"].toLowerCase() }
      : given,

  create: async ({ client, signal }, given) => {
    const answer = await client
      .request("POST", "/v2/reserved_ips", signal, { region: text(given, "region") })
      .catch(failing("Error creating reserved IP"));
    return text(inner(answer, "reserved_ip"), "ip");
  },

  settle: async (call, id, given) => {
    const droplet = number(given, "dropletId");
    if (droplet === 0) return;
    const action = await orderAction(call, id, { type: "assign", droplet_id: droplet }).catch(
      failing(`Error Assigning reserved IP (${id}) to the Droplet`),
    );
    await awaitAction(call, id, action).catch(
      failing(`Error waiting for reserved IP (${id}) to be assigned`),
    );
  },

  read: async (call, id, state) => {
    const found = await findReservedIp(call, id).catch(failing("Error retrieving reserved IP"));
    if (found === null) return null;
    // Only one that was assigned by this resource: others have a resource for it.
    const droplet = number(state, "dropletId") === 0 ? {} : inner(found, "droplet");
    const isAssigned = number(droplet, "id") !== 0;
    return {
      region: text(inner(isAssigned ? droplet : found, "region"), "slug"),
      ...(isAssigned ? { dropletId: number(droplet, "id") } : {}),
      ipAddress: text(found, "ip"),
      reservedIpUrn: `do:reservedip:${text(found, "ip")}`,
    };
  },

  readImport: async (call, id) => {
    const found = await findReservedIp(call, id);
    const droplet = number(inner(found ?? {}, "droplet"), "id");
    return droplet === 0 ? {} : { dropletId: droplet };
  },

  update: async (call, id, state, planned) => {
    if (isEqual(state["dropletId"] ?? null, planned["dropletId"] ?? null)) return;
    const droplet = number(planned, "dropletId");
    const [order, doing, done] =
      droplet === 0
        ? [{ type: "unassign" }, `unassigning reserved IP (${id})`, "Unassigned"]
        : [
            { type: "assign", droplet_id: droplet },
            `assigning reserved IP (${id}) to the Droplet`,
            "Assigned",
          ];
    const action = await orderAction(call, id, order).catch(failing(`Error ${doing}`));
    await awaitAction(call, id, action).catch(
      failing(`Error waiting for reserved IP (${id}) to be ${done}`),
    );
  },

  delete: async (call, id, state) => {
    if (number(state, "dropletId") !== 0) {
      const action = await orderAction(call, id, { type: "unassign" }).catch((error: unknown) => {
        if (error instanceof ResponseError && error.status === 422) return null; // taken off already
        return failing(`Error unassigning reserved IP (${id}) from the droplet`)(error);
      });
      if (action !== null) {
        await awaitAction(call, id, action).catch(
          failing(`Error waiting for reserved IP (${id}) to be unassigned`),
        );
      }
    }
    await call.client
      .request("DELETE", `/v2/reserved_ips/${id}`, call.signal)
      .catch(failing("Error deleting reserved IP"));
  },
};
