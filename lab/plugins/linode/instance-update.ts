import {
  flag,
  inner,
  inners,
  list,
  number,
  text,
  texts,
  type Json,
} from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { changesOf } from "../lib/bridge/plan.ts";
import { isMap, type PropertyMap } from "../lib/values.ts";
import { actAndWait, awaitStatus } from "./events.ts";
import { alertsOrder, interfaceOrder } from "./instance-order.ts";
import { pathOf } from "./instance-state.ts";
import { instanceTable } from "./instance-table.ts";
import { boot, settledStatus, shutDown } from "./power.ts";
import { refused } from "./refused.ts";
import { changeType } from "./resize.ts";
import type { Call } from "./resource.ts";

/**
 * Brings a Linode from its state to what is planned, in the official plugin's order: settings, private address, plan,
 * configuration profile, interfaces, reboot, power.
 */
export async function updateInstance(
  call: Call,
  id: string,
  state: PropertyMap,
  given: PropertyMap,
): Promise<void> {
  const { client, signal } = call;
  const comparison = {
    table: instanceTable,
    sets: { tags: "ignoreCase" },
    isSame: (name: string, _old: unknown, now: unknown) => name === "nat11" && now === "any",
  } as const;
  const paths = Object.keys(changesOf(comparison, state, given, []));
  const changed = (name: string): boolean =>
    paths.some((path) => path.replace(/[.[].*$/s, "") === name);

  await client
    .get(pathOf(id), signal)
    .catch(failing("Error fetching data about the current linode"));
  for (const name of ["region", "swapSize"]) {
    if (changed(name)) throw refused(`a change of an Instance's ${name}`);
  }
  await changeSettings(call, id, given, changed);
  let reboots = changed("privateIp") && (await addPrivateAddress(call, id, given));
  if (changed("type")) reboots = (await changeType(call, id, state, given)) || reboots;
  const config = await rewriteConfig(call, id, given);
  if (changed("interfaces")) reboots = await changeInterfaces(call, id, config, given);
  const stays = given["booted"] === false || client.options.skipReboots;
  if (reboots && !stays && config !== 0) await reboot(call, id, config);
}

async function changeSettings(
  { client, signal }: Call,
  id: string,
  given: PropertyMap,
  changed: (name: string) => boolean,
): Promise<void> {
  const body: Json = {
    ...(changed("label") ? { label: text(given, "label") } : {}),
    ...(changed("group") ? { group: text(given, "group") } : {}),
    ...(changed("tags") ? { tags: texts(given, "tags") } : {}),
    ...(changed("alerts") ? { alerts: alertsOrder(given) } : {}),
    ...(changed("watchdogEnabled") ? { watchdog_enabled: flag(given, "watchdogEnabled") } : {}),
  };
  if (Object.keys(body).length > 0) {
    await client
      .request("PUT", pathOf(id), signal, body)
      .catch(failing(`Error updating Instance ${id}`));
  }
  if (changed("backupsEnabled")) {
    const verb = flag(given, "backupsEnabled") ? "enable" : "cancel";
    await client.request("POST", `${pathOf(id)}/backups/${verb}`, signal, {});
  }
}

/** @returns whether a reboot has to follow */
async function addPrivateAddress(
  { client, signal }: Call,
  id: string,
  given: PropertyMap,
): Promise<boolean> {
  if (!flag(given, "privateIp")) {
    throw new Error(
      `Error removing private IP address for Instance ${id}: Removing a Private IP address must be handled through a support ticket`,
    );
  }
  await client
    .request("POST", `${pathOf(id)}/ips`, signal, { type: "ipv4", public: false })
    .catch(failing(`Error activating private networking on Instance ${id}`));
  return true;
}

/**
 * Every update writes the configuration profile anew, changed or not.
 * @returns the id of the profile to boot; 0: there is none
 */
async function rewriteConfig(
  { client, signal }: Call,
  id: string,
  given: PropertyMap,
): Promise<number> {
  await client
    .list(`${pathOf(id)}/disks`, signal)
    .catch(failing("failed to get disk label to ID mappings"));
  const configs = await client
    .list(`${pathOf(id)}/configs`, signal)
    .catch(failing(`Error fetching the config for Instance ${id}`));
  for (const config of configs) {
    const path = `${pathOf(id)}/configs/${number(config, "id")}`;
    await client
      .request("PUT", path, signal, configOrder(config))
      .catch(failing(`Error updating Instance ${id} Config ${number(config, "id")}`));
  }
  const label = text(given, "bootConfigLabel");
  const [first] = configs;
  const wanted = label === "" ? first : configs.find((one) => text(one, "label") === label);
  if (wanted === undefined && label !== "") {
    throw new Error(`Error setting boot_config_label: Config label '${label}' not found`);
  }
  return wanted === undefined ? 0 : number(wanted, "id");
}

function configOrder(config: Json): Json {
  const devices = inner(config, "devices");
  return {
    label: text(config, "label"),
    comments: text(config, "comments"),
    devices: Object.fromEntries(
      Object.keys(devices).flatMap((slot) => {
        const disk = number(inner(devices, slot), "disk_id");
        return disk === 0 ? [] : [[slot, { disk_id: disk }]];
      }),
    ),
    helpers: inner(config, "helpers"),
    interfaces: null, // as they are
    memory_limit: number(config, "memory_limit"),
    kernel: text(config, "kernel"),
    init_rd: null,
    root_device: text(config, "root_device"),
    run_level: text(config, "run_level"),
    virt_mode: text(config, "virt_mode"),
  };
}

/**
 * A Linode with an interface in a VPC has to be off for it, and is booted again if it ran.
 * @returns whether a reboot has to follow
 */
async function changeInterfaces(
  call: Call,
  id: string,
  config: number,
  given: PropertyMap,
): Promise<boolean> {
  const { client, signal } = call;
  const path = `${pathOf(id)}/configs/${config}`;
  const old = await client.get(path, signal).catch(failing(`failed to get config ${config}`));
  const wanted = list(given, "interfaces").filter(isMap);
  const isVpc = (one: Json): boolean => text(one, "purpose") === "vpc";
  const mustBeOff = inners(old, "interfaces").some(isVpc) || wanted.some(isVpc);
  if (mustBeOff && client.options.skipReboots) throw new Error(needsReboot);
  const wasRunning = mustBeOff && (await settledStatus(call, id)) === "running";
  if (wasRunning) await shutDown(call, id).catch(failing("failed to shutdown instance"));
  await client
    .request("PUT", path, signal, { interfaces: wanted.map(interfaceOrder) })
    .catch(failing("failed to set boot config interfaces"));
  if (wasRunning && given["booted"] !== false) {
    await boot(call, id, config).catch(
      failing("failed to boot instance after VPC interface change applied"),
    );
  }
  return !mustBeOff;
}

const needsReboot =
  "Adding, removing, and reordering a Linode VPC interface requires the implicit reboot of the Linode, " +
  "please consider setting 'skip_implicit_reboots' to true in the Linode provider config.";

async function reboot(call: Call, id: string, config: number): Promise<void> {
  const start = () =>
    call.client.request("POST", `${pathOf(id)}/reboot`, call.signal, { config_id: config });
  await actAndWait(call, id, "linode_reboot", start, {
    start: `Error rebooting Instance ${id}`,
    wait: `Error waiting for Instance ${id} to finish rebooting`,
  });
  await awaitStatus(call, id, "running").catch(
    failing(`Timed-out waiting for Linode instance ${id} to boot`),
  );
}
