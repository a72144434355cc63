import { createHash } from "node:crypto";
import { flag, number, text } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { oneOf } from "../lib/bridge/validators.ts";
import { isList, type PropertyMap } from "../lib/values.ts";
import { actAndWait, awaitStatus } from "./events.ts";
import { alertsOrder, orderOf } from "./instance-order.ts";
import { pathOf, readInstance } from "./instance-state.ts";
import { instanceProblems, instanceTable } from "./instance-table.ts";
import { updateInstance } from "./instance-update.ts";
import { power } from "./power.ts";
import type { BridgedResource, Call } from "./resource.ts";

/** @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/instance/resource.go */
export const instance: BridgedResource = {
  table: instanceTable,
  sets: {
    capabilities: "exact",
    ipv4s: "exact",
    sharedIpv4s: "exact",
    tags: "ignoreCase",
  },
  autoNamed: false,
  meta: '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":900000000000,"delete":600000000000,"update":3600000000000}}',
  timeouts: { create: 900, update: 3600, delete: 600 },
  validators: {
    diskEncryption: oneOf("disk_encryption", ["enabled", "disabled"]),
    migrationType: oneOf("migration_type", ["cold", "warm"]),
  },
  validate: instanceProblems,
  planned,
  isSame: (name, old, now) => name === "nat11" && now === "any" && old !== "",

  create: async ({ client, signal }, given) => {
    validateBooted(given);
    const made = await client
      .request("POST", "/linode/instances", signal, orderOf(given))
      .catch(failing("Error creating a Linode Instance"));
    return String(number(made, "id"));
  },

  settle: async (call, id, given) => {
    const { client, signal } = call;
    const body = {
      ...(given["alerts"] === undefined ? {} : { alerts: alertsOrder(given) }),
      ...(given["watchdogEnabled"] === false ? { watchdog_enabled: false } : {}),
    };
    if (Object.keys(body).length > 0) await client.request("PUT", pathOf(id), signal, body);
    if (client.options.skipReadyPoll) return;
    const boots = given["booted"] !== false && text(given, "image") !== "";
    const status = boots ? "running" : "offline";
    await awaitStatus(call, id, status).catch(
      failing(`timed-out waiting for Linode instance ${id} to reach status ${status}`),
    );
  },

  read: (call, id, known) => {
    if (!/^-?\d+$/.test(id)) throw notANumber(id);
    return readInstance(call, id, known);
  },

  update: async (call, id, state, wanted, given) => {
    validateBooted(given);
    await updateInstance(call, id, state, wanted);
    if (typeof given["booted"] !== "boolean") return; // then it stays as the changes have left it
    await power(call, id, given["booted"]).catch(failing("failed to handle booted update"));
  },

  delete: deleteInstance,
};

/** Of a root password only a hash is kept; tags have the order of a set. */
function planned(given: PropertyMap): PropertyMap {
  const { rootPass, tags } = given;
  return {
    ...given,
    tags: isList(tags) ? [...tags].sort() : (tags ?? []),
    ...(typeof rootPass === "string"
      ? { rootPass: createHash("sha3-512").update(rootPass).digest("base64") }
      : {}),
  };
}

function validateBooted(given: PropertyMap): void {
  if (flag(given, "booted") && text(given, "image") === "") {
    throw new Error("failed to validate: booted requires an image or disk/config be defined");
  }
}

function notANumber(id: string): Error {
  return new Error(
    `Error parsing Linode instance ID ${id} as int: strconv.Atoi: parsing ${JSON.stringify(id)}: invalid syntax`,
  );
}

/** Ends with the event of the end: only then may the Linode's subnet and firewall go. */
async function deleteInstance(call: Call, id: string): Promise<void> {
  const { client, signal } = call;
  const remove = () => client.request("DELETE", pathOf(id), signal);
  const failed = `Error deleting Linode instance ${id}`;
  if (client.options.skipDeletePoll) {
    await remove().catch(failing(failed));
    return;
  }
  const wait = `failed to wait for instance ${id} to be deleted`;
  await actAndWait(call, id, "linode_delete", remove, { start: failed, wait });
}
