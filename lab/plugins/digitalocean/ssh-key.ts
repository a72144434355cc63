import type { SshKeyArgs, SshKeyState } from "@pulumi/digitalocean/sshKey.js";
import { inner, number, numericId, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { notEmpty } from "../lib/bridge/validators.ts";
import { waitForState } from "../lib/bridge/wait.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { BridgedResource, Call } from "./resource.ts";

const inputs = {
  name: { type: "string", required: true },
  publicKey: { type: "string", required: true, replaces: true },
} as const satisfies Record<keyof SshKeyArgs, PropertySpec>;

const table = {
  ...inputs,
  fingerprint: { type: "string", computed: true, outputOnly: true },
} as const satisfies Record<keyof SshKeyState, PropertySpec>;

/** @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/sshkey/resource_ssh_key.go */
export const sshKey: BridgedResource = {
  table,
  sets: {},
  autoNamed: true,
  meta: '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":120000000000}}',
  timeouts: { create: 120, update: 1200, delete: 1200 },
  validators: { name: notEmpty("name"), publicKey: notEmpty("public_key") },
  isSame: (name, old, now) =>
    name === "publicKey" &&
    typeof old === "string" &&
    typeof now === "string" &&
    old.trim() === now.trim(),

  create: async ({ client, signal }, given) => {
    const body = { name: text(given, "name"), public_key: text(given, "publicKey") };
    const answer = await client
      .request("POST", "/v2/account/keys", signal, body)
      .catch(failing("Error creating SSH Key"));
    return String(number(inner(answer, "ssh_key"), "id"));
  },

  settle: async (call, id) => {
    const look = async () => ((await findKey(call, id)) === null ? "absent" : "there");
    await waitForState(look, { ...call, target: "there", pending: ["absent"] }).catch(
      failing("Error retrieving SSH Key"),
    );
  },

  read: async (call, id) => {
    numericId(id, "invalid SSH key id");
    const key = await findKey(call, id).catch(failing("Error retrieving SSH key"));
    if (key === null) return null;
    return {
      name: text(key, "name"),
      fingerprint: text(key, "fingerprint"),
      publicKey: text(key, "public_key"),
    };
  },

  update: async ({ client, signal }, id, _state, planned) => {
    await client
      .request("PUT", `/v2/account/keys/${id}`, signal, { name: text(planned, "name") })
      .catch(failing("Failed to update SSH key"));
  },

  delete: async ({ client, signal }, id) => {
    await client
      .request("DELETE", `/v2/account/keys/${id}`, signal)
      .catch(failing("Error deleting SSH key"));
  },
};

async function findKey({ client, signal }: Call, id: string): Promise<Json | null> {
  const answer = await client.find(`/v2/account/keys/${id}`, signal);
  return answer === null ? null : inner(answer, "ssh_key");
}
