import type { SshKeyArgs, SshKeyState } from "@pulumi/linode/sshKey.js";
import { number, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { isEqual } from "../lib/bridge/same.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { PropertyMap } from "../lib/values.ts";
import { idNumber, utcTime } from "./numbers.ts";
import { known, lengthBetween, matching } from "./problems.ts";
import { frameworkResource, remove, type BridgedResource } from "./resource.ts";

const inputs = {
  label: { type: "string", required: true },
  sshKey: { type: "string", required: true, replaces: true },
} as const satisfies Record<keyof SshKeyArgs, PropertySpec>;

const table = {
  ...inputs,
  created: { type: "string", computed: true, outputOnly: true },
} as const satisfies Record<keyof SshKeyState, PropertySpec>;

const label = { at: "label", tf: "label" } as const;

/** @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/sshkey/framework_resource.go */
export const sshKey: BridgedResource = {
  ...frameworkResource,
  table,
  descriptions: {
    label: "The label of the Linode SSH Key.",
    sshKey:
      "The public SSH Key, which is used to authenticate to the root user of the Linodes you deploy.",
  },
  validate: (given) => [
    ...lengthBetween(known(given, "label"), label, [0, 64]),
    ...matching(
      known(given, "label"),
      label,
      /^[a-zA-Z0-9_\-\s]*$/,
      "Labels may only contain letters, number, dashes, and underscores.",
    ),
  ],

  create: async ({ client, signal }, given) => {
    const body = { label: text(given, "label"), ssh_key: text(given, "sshKey") };
    const made = await client
      .request("POST", "/profile/sshkeys", signal, body)
      .catch(failing("Failed to create SSH Key"));
    return String(number(made, "id"));
  },

  read: async ({ client, signal }, id) => {
    const found = await client
      .find(`/profile/sshkeys/${idNumber(id)}`, signal)
      .catch(failing("Unable to refresh the SSH Key"));
    return found === null ? null : attributes(found);
  },

  update: async ({ client, signal }, id, state, planned) => {
    if (isEqual(state["label"] ?? "", planned["label"] ?? "")) return;
    await client
      .request("PUT", `/profile/sshkeys/${id}`, signal, { label: text(planned, "label") })
      .catch(failing(`Failed to update SSH Key (${id})`));
  },

  delete: (call, id) =>
    remove(call, `/profile/sshkeys/${id}`, `Failed to delete the SSH Key (${id})`),
};

function attributes(found: Json): PropertyMap {
  return {
    label: text(found, "label"),
    sshKey: text(found, "ssh_key"),
    created: utcTime(text(found, "created")),
  };
}
