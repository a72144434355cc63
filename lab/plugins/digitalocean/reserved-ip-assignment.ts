import { randomBytes } from "node:crypto";
import type {
  ReservedIpAssignmentArgs,
  ReservedIpAssignmentState,
} from "@pulumi/digitalocean/reservedIpAssignment.js";
import { inner, number, text } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { ipv4 } from "../lib/bridge/validators.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { PropertyMap } from "../lib/values.ts";
import { awaitAction, orderAction } from "./reserved-ip-action.ts";
import type { BridgedResource, Call } from "./resource.ts";

const table = {
  dropletId: { type: "number", required: true, replaces: true },
  ipAddress: { type: "string", required: true, replaces: true },
} as const satisfies Record<
  keyof ReservedIpAssignmentArgs & keyof ReservedIpAssignmentState,
  PropertySpec
>;

/** @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/reservedip/resource_reserved_ip_assignment.go */
export const reservedIpAssignment: BridgedResource = {
  table,
  sets: {},
  autoNamed: false,
  meta: null,
  timeouts: { create: 1200, update: 1200, delete: 1200 },
  validators: {
    dropletId: (value) => (value === 0 ? ["droplet_id must not be zero, got 0"] : []),
    ipAddress: ipv4("ip_address"),
  },

  create: async (call, given) => {
    const [ip, droplet] = [text(given, "ipAddress"), number(given, "dropletId")];
    const action = await orderAction(call, ip, { type: "assign", droplet_id: droplet }).catch(
      failing(`Error Assigning reserved IP (${ip}) to the droplet`),
    );
    await awaitAction(call, ip, action).catch(
      failing(`Error waiting for reserved IP (${ip}) to be Assigned`),
    );
    return `${droplet}-${ip}-${uniqueSuffix()}`;
  },

  /** Where the address leads to another droplet, this is gone. */
  read: async (call, _id, state) => {
    if (text(state, "ipAddress") === "") return null;
    return (await dropletOf(call, state)) === number(state, "dropletId") ? {} : null;
  },

  /** By the address and the droplet's number, joined with a comma; any other id names nothing. */
  readImport: (_call, id) => {
    const [, ip, droplet] = /^([^,]+),(\d+)$/.exec(id) ?? [];
    return Promise.resolve(ip === undefined ? {} : { ipAddress: ip, dropletId: Number(droplet) });
  },

  delete: async (call, _id, state) => {
    const ip = text(state, "ipAddress");
    const droplet = await dropletOf(call, state);
    if (droplet === 0) {
      throw new Error(
        `reserved IP ${ip} leads to no Droplet, at which the official plugin crashes`,
      );
    }
    if (droplet !== number(state, "dropletId")) return; // it leads to another one by now
    const action = await orderAction(call, ip, { type: "unassign" }).catch(
      failing(`Error unassigning reserved IP (${ip}) from the droplet`),
    );
    await awaitAction(call, ip, action).catch(
      failing(`Error waiting for reserved IP (${ip}) to be unassigned`),
    );
  },
};

/** Number of the droplet that the address leads to; 0: none. @throws Error also when there is no such address */
async function dropletOf(call: Call, state: PropertyMap): Promise<number> {
  const path = `/v2/reserved_ips/${text(state, "ipAddress")}`;
  const answer = await call.client
    .get(path, call.signal)
    .catch(failing("Error retrieving reserved IP"));
  return number(inner(inner(answer, "reserved_ip"), "droplet"), "id");
}

/** As Terraform makes its ids: the time to a ten-thousandth of a second, and eight hexadecimal digits. */
function uniqueSuffix(): string {
  const time = new Date().toISOString().replaceAll(/\D/g, "").padEnd(18, "0");
  return `${time}${randomBytes(4).toString("hex")}`;
}
