import type { input } from "@pulumi/linode/types/index.js";
import type { VpcSubnetArgs, VpcSubnetState } from "@pulumi/linode/vpcSubnet.js";
import { flag, inners, number, text } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { isEqual } from "../lib/bridge/same.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { PropertyMap } from "../lib/values.ts";
import { idNumber, importedIds, utcTime } from "./numbers.ts";
import { frameworkResource, remove, type BridgedResource } from "./resource.ts";

const inputs = {
  vpcId: { type: "number", required: true, replaces: true },
  label: { type: "string", required: true },
  ipv4: { type: "string", required: true, replaces: true },
} as const satisfies Record<keyof VpcSubnetArgs, PropertySpec>;

const output = { computed: true, outputOnly: true } as const;

const linode = {
  id: { type: "number" },
  interfaces: { type: { list: "any" } },
} as const satisfies Record<keyof input.VpcSubnetLinode, PropertySpec>;

const table = {
  ...inputs,
  created: { type: "string", ...output },
  updated: { type: "string", ...output },
  linodes: { type: { list: { object: linode } }, ...output },
} as const satisfies Record<keyof VpcSubnetState, PropertySpec>;

/** @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/vpcsubnet/framework_resource.go */
export const vpcSubnet: BridgedResource = {
  ...frameworkResource,
  table,
  descriptions: {
    vpcId: "The id of the parent VPC for this VPC Subnet",
    label: "The label of the VPC subnet.",
    ipv4: "The IPv4 range of this subnet in CIDR format.",
  },

  create: async ({ client, signal }, given) => {
    const body = { label: text(given, "label"), ipv4: text(given, "ipv4") };
    const made = await client
      .request("POST", subnetsOf(given), signal, body)
      .catch(failing("Failed to create VPC subnet."));
    return String(number(made, "id"));
  },

  read: async ({ client, signal }, id, known) => {
    const found = await client
      .find(`${subnetsOf(known)}/${idNumber(id)}`, signal)
      .catch(failing("Unable to refresh the VPC subnet."));
    if (found === null) return null;
    return {
      label: text(found, "label"),
      ipv4: text(found, "ipv4"),
      created: utcTime(text(found, "created")),
      updated: utcTime(text(found, "updated")),
      linodes: inners(found, "linodes").map((member) => ({
        id: number(member, "id"),
        interfaces: inners(member, "interfaces").map((one) => ({
          id: number(one, "id"),
          active: flag(one, "active"),
        })),
      })),
    };
  },

  readImport: (_call, id) => {
    const { outer, inner } = importedIds(id, ["vpc_id", "id"]);
    return Promise.resolve({ id: inner, vpcId: outer });
  },

  update: async ({ client, signal }, id, state, planned) => {
    if (isEqual(state["label"] ?? "", planned["label"] ?? "")) return;
    await client
      .request("PUT", `${subnetsOf(state)}/${id}`, signal, { label: text(planned, "label") })
      .catch(failing(`Failed to update VPC subnet (${id}).`));
  },

  delete: (call, id, state) =>
    remove(call, `${subnetsOf(state)}/${id}`, `Failed to delete the VPC subnet (${id})`),
};

function subnetsOf(known: PropertyMap): string {
  return `/vpcs/${Number(known["vpcId"])}/subnets`;
}
