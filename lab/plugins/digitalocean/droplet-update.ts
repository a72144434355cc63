import { flag, inner, number, text, texts, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { isEqual } from "../lib/bridge/same.ts";
import { waitForState } from "../lib/bridge/wait.ts";
import { isList, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import { awaitDroplet } from "./droplet-wait.ts";
import type { Call } from "./resource.ts";

/** Brings a droplet from its state to what is planned, in the official plugin's order. */
export async function updateDroplet(
  call: Call,
  id: string,
  state: PropertyMap,
  planned: PropertyMap,
): Promise<void> {
  const changed = (name: string): boolean =>
    !isEqual(unordered(state[name]), unordered(planned[name]));
  if (changed("size")) await resize(call, id, text(planned, "size"), flag(planned, "resizeDisk"));
  if (changed("name")) await rename(call, id, text(state, "name"), text(planned, "name"));
  if (changed("backups")) await switchBackups(call, id, planned);
  if (changed("backupPolicy")) await changeBackupPolicy(call, id, planned);
  if (changed("privateNetworking") && flag(planned, "privateNetworking")) {
    await enable(call, id, "private_networking", "Error enabling private networking for droplet");
  }
  if (changed("ipv6") && flag(planned, "ipv6")) {
    await enable(call, id, "ipv6", "Error turning on ipv6 for droplet");
  }
  if (changed("tags")) await retag(call, id, texts(state, "tags"), texts(planned, "tags"));
  if (changed("volumeIds")) {
    await reattach(call, id, texts(state, "volumeIds"), texts(planned, "volumeIds"));
  }
}

function unordered(value: PropertyValue | undefined): PropertyValue {
  return isList(value) ? [...value].sort() : (value ?? "");
}

const actionsOf = (id: string): string => `/v2/droplets/${id}/actions`;

async function act(call: Call, id: string, action: Json): Promise<Json> {
  return inner(await call.client.request("POST", actionsOf(id), call.signal, action), "action");
}

/** Acts and waits for the end of it, in place of a state to look at. */
async function actAndWait(call: Call, path: string, action: Json, what: string): Promise<void> {
  const started = inner(await call.client.request("POST", path, call.signal, action), "action");
  await awaitAction(call, started).catch(failing(what));
}

async function awaitAction(call: Call, started: Json): Promise<void> {
  const look = async (): Promise<string> => {
    const answer = await call.client.get(`/v2/actions/${number(started, "id")}`, call.signal);
    const action = inner(answer, "action");
    if (action["status"] === "errored") return "errored";
    return (action["completed_at"] ?? null) === null ? "in-progress" : "completed";
  };
  const hour = { ...call, timeoutSeconds: 3600 };
  await waitForState(look, { ...hour, target: "completed", pending: ["in-progress"] });
}

async function resize(call: Call, id: string, size: string, disk: boolean): Promise<void> {
  await act(call, id, { type: "power_off" }).catch((error: unknown) => {
    if (!String(error).includes("Droplet is already powered off")) {
      failing(`Error powering off droplet (${id})`)(error);
    }
  });
  await awaitDroplet(call, id, "update", "status", "off", ["active"]).catch(
    failing(`Error waiting for droplet (${id}) to become powered off`),
  );
  const body = { type: "resize", size, disk };
  const started = await act(call, id, body).catch(async (error: unknown) => {
    await powerOn(call, id).catch(() => {
      failing(`Error powering on droplet (${id}) after failed resize`)(error);
    });
    return failing(`Error resizing droplet (${id})`)(error);
  });
  await awaitAction(call, started).catch(async (error: unknown) => {
    await powerOn(call, id).catch(() => {
      failing(`Error powering on droplet (${id}) after waiting for resize to finish`)(error);
    });
    failing(`Error waiting for resize droplet (${id}) to finish`)(error);
  });
  await act(call, id, { type: "power_on" }).catch(
    failing(`Error powering on droplet (${id}) after resize`),
  );
  await awaitDroplet(call, id, "update", "status", "active", ["off"]);
}

async function powerOn(call: Call, id: string): Promise<void> {
  await act(call, id, { type: "power_on" });
  await awaitDroplet(call, id, "update", "status", "active", ["off"]);
}

async function rename(call: Call, id: string, old: string, name: string): Promise<void> {
  await act(call, id, { type: "rename", name }).catch(failing(`Error renaming droplet (${id})`));
  await awaitDroplet(call, id, "update", "name", name, ["", old]).catch(
    failing(`Error waiting for rename droplet (${id}) to finish`),
  );
}

/** The policy as the API takes it, or null when there is none. */
export function backupPolicy(planned: PropertyMap): Json | null {
  const policy = inner(planned, "backupPolicy");
  if (Object.keys(policy).length === 0) return null;
  if (!flag(planned, "backups")) {
    throw new Error("backup_policy can only be set when backups are enabled");
  }
  const [plan, weekday] = [text(policy, "plan"), text(policy, "weekday")];
  return {
    ...(plan === "" ? {} : { plan }),
    ...(weekday === "" ? {} : { weekday }),
    hour: number(policy, "hour"),
  };
}

async function switchBackups(call: Call, id: string, planned: PropertyMap): Promise<void> {
  const policy = backupPolicy(planned);
  const word = flag(planned, "backups") ? "enabl" : "disabl";
  await actAndWait(
    call,
    actionsOf(id),
    { type: `${word}e_backups`, ...(policy === null ? {} : { backup_policy: policy }) },
    `Error ${word}ing backups on droplet (${id})`,
  );
}

async function changeBackupPolicy(call: Call, id: string, planned: PropertyMap): Promise<void> {
  const policy = backupPolicy(planned);
  if (policy === null) return;
  await actAndWait(
    call,
    actionsOf(id),
    { type: "change_backup_policy", backup_policy: policy },
    `error changing backup policy on droplet (${id})`,
  );
}

async function enable(call: Call, id: string, feature: string, what: string): Promise<void> {
  await act(call, id, { type: `enable_${feature}` }).catch(failing(`${what} (${id})`));
  await awaitDroplet(call, id, "update", feature, "true", ["", "false"]).catch(
    failing(`${what} (${id})`),
  );
}

async function retag(
  { client, signal }: Call,
  id: string,
  old: readonly string[],
  now: readonly string[],
): Promise<void> {
  const body = { resources: [{ resource_id: id, resource_type: "droplet" }] };
  const resourcesOf = (name: string): string => `/v2/tags/${encodeURIComponent(name)}/resources`;
  const what = failing("Error updating tags");
  for (const name of old.filter((tag) => !now.includes(tag))) {
    await client.request("DELETE", resourcesOf(name), signal, body).catch(what);
  }
  for (const name of now.filter((tag) => !old.includes(tag))) {
    const made = await client.request("POST", "/v2/tags", signal, { name }).catch(what);
    const known = text(inner(made, "tag"), "name");
    await client.request("POST", resourcesOf(known), signal, body).catch(what);
  }
}

async function reattach(
  call: Call,
  id: string,
  old: readonly string[],
  now: readonly string[],
): Promise<void> {
  for (const volume of now.filter((other) => !old.includes(other))) {
    await moveVolume(call, id, volume, "attach", `Error attaching volume "${volume}" to droplet`);
  }
  for (const volume of old.filter((other) => !now.includes(other))) {
    await detachVolume(call, id, volume);
  }
}

export const detachVolume = (call: Call, id: string, volume: string): Promise<void> =>
  moveVolume(call, id, volume, "detach", `Error detaching volume "${volume}" from droplet`);

async function moveVolume(
  call: Call,
  id: string,
  volume: string,
  type: "attach" | "detach",
  what: string,
): Promise<void> {
  const body = { type, droplet_id: Number(id) };
  await actAndWait(call, `/v2/volumes/${volume}/actions`, body, `${what} (${id})`).catch(
    failing(`${what} (${id})`),
  );
}
