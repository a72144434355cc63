import { setTimeout as delay } from "node:timers/promises";
import { flag, number, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { PropertyMap } from "../lib/values.ts";
import { actAndWait, awaitStatus } from "./events.ts";
import { pathOf } from "./instance-state.ts";
import type { Call } from "./resource.ts";

/**
 * Moves a Linode to another plan, off while it moves; its disks grow only with `resizeDisk`.
 * @returns whether a reboot has to follow: after a larger plan
 */
export async function changeType(
  call: Call,
  id: string,
  state: PropertyMap,
  given: PropertyMap,
): Promise<boolean> {
  const failed = failing("failed to change instance type");
  const [old, now] = [await plan(call, state), await plan(call, given)];
  const disks = await call.client.list(`${pathOf(id)}/disks`, call.signal).catch(failed);
  const used = disks.reduce((sum, disk) => sum + number(disk, "size"), 0);
  if (number(now, "disk") < used) {
    const label = text(now, "label");
    const sizes = `Have ${number(now, "disk")}; want ${used}`;
    failed(
      new Error(`linode type ${label} has insufficient disk capacity for the config. ${sizes}`),
    );
  }
  await resize(call, id, given, disks).catch(failed);
  return number(now, "disk") > number(old, "disk");
}

function plan({ client, signal }: Call, known: PropertyMap): Promise<Json> {
  return client
    .get(`/linode/types/${encodeURIComponent(text(known, "type"))}`, signal)
    .catch(failing("Error getting resize info for instance"));
}

async function resize(
  call: Call,
  id: string,
  given: PropertyMap,
  disks: readonly Json[],
): Promise<void> {
  const { client, signal } = call;
  const growsDisk = flag(given, "resizeDisk");
  const migration = text(given, "migrationType");
  if (migration === "cold") {
    await turnOff(call, id).catch(failing("failed to shut down instance for cold migration"));
  }
  const body = {
    type: text(given, "type"),
    migration_type: migration,
    allow_auto_disk_resize: growsDisk,
  };
  await actAndWait(
    call,
    id,
    "linode_resize",
    () => client.request("POST", `${pathOf(id)}/resize`, signal, body),
    {
      start: `Error resizing Instance ${id}`,
      wait: `Error waiting for instance ${id} to finish resizing`,
    },
  );
  await awaitStatus(call, id, "offline").catch(
    failing(`Error waiting for Instance ${id} to enter offline state`),
  );
  const main = disks.find((disk) => ["ext4", "ext3"].includes(text(disk, "filesystem")));
  if (growsDisk && main !== undefined) await awaitGrowth(call, id, main);
}

async function turnOff(call: Call, id: string): Promise<void> {
  const { client, signal } = call;
  const status = text(await client.get(pathOf(id), signal), "status");
  if (status === "offline") return;
  if (status !== "shutting_down") {
    await client.request("POST", `${pathOf(id)}/shutdown`, signal, {});
  }
  await awaitStatus(call, id, "offline");
}

/** The API may tell the new size of a disk later than the end of the move. */
async function awaitGrowth(
  { client, signal, pollMs, timeoutSeconds }: Call,
  id: string,
  disk: Json,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  const path = `${pathOf(id)}/disks/${number(disk, "id")}`;
  const failed = failing("failed to wait for disk resize");
  while (Date.now() < deadline) {
    await delay(pollMs, undefined, { signal });
    const found = await client.get(path, signal).catch(failed);
    if (number(found, "size") !== number(disk, "size")) return;
  }
  failed(new Error(`disk ${number(disk, "id")} of instance ${id} has not changed its size`));
}
