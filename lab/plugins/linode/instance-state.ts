import { flag, inner, inners, number, text, texts, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { PropertyMap, PropertyValue } from "../lib/values.ts";
import type { Call } from "./resource.ts";

/** Path of a Linode. */
export const pathOf = (id: string): string => `/linode/instances/${id}`;

/**
 * What the API says of a Linode: four requests, in the official plugin's order.
 * @param known - the state so far: addresses that are still there are kept, whatever their order now
 * @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/instance/resource.go `readResource`
 */
export async function readInstance(
  { client, signal }: Call,
  id: string,
  known: PropertyMap,
): Promise<PropertyMap | null> {
  const path = pathOf(id);
  const found = await client.find(path, signal).catch(failing("failed to get instance"));
  if (found === null) return null;
  const ips = await client
    .get(`${path}/ips`, signal)
    .catch(failing("failed to get instance networking"));
  const disks = await client
    .list(`${path}/disks`, signal)
    .catch(failing("failed to get instance disks"));
  const configs = await client
    .list(`${path}/configs`, signal)
    .catch(failing("failed to get instance configs"));
  return {
    ...machineOf(found),
    ...addressesOf(found, inner(ips, "ipv4"), known),
    ...disksOf(disks),
    ...configsOf(configs, disks, known),
  };
}

function machineOf(found: Json): PropertyMap {
  const [specs, alerts, backups] = [
    inner(found, "specs"),
    inner(found, "alerts"),
    inner(found, "backups"),
  ];
  const schedule = inner(backups, "schedule");
  return {
    label: text(found, "label"),
    status: text(found, "status"),
    type: text(found, "type"),
    region: text(found, "region"),
    watchdogEnabled: flag(found, "watchdog_enabled"),
    group: text(found, "group"),
    tags: [...texts(found, "tags")].sort(),
    capabilities: [...texts(found, "capabilities")].sort(),
    booted: isBooted(text(found, "status")),
    hostUuid: text(found, "host_uuid"),
    hasUserData: flag(found, "has_user_data"),
    lkeClusterId: number(found, "lke_cluster_id"),
    diskEncryption: text(found, "disk_encryption"),
    backupsEnabled: flag(backups, "enabled"),
    backups: [
      {
        available: flag(backups, "available"),
        enabled: flag(backups, "enabled"),
        schedules: [{ day: text(schedule, "day"), window: text(schedule, "window") }],
      },
    ],
    specs: [
      {
        acceleratedDevices: number(specs, "accelerated_devices"),
        disk: number(specs, "disk"),
        gpus: number(specs, "gpus"),
        memory: number(specs, "memory"),
        transfer: number(specs, "transfer"),
        vcpus: number(specs, "vcpus"),
      },
    ],
    alerts: {
      cpu: number(alerts, "cpu"),
      io: number(alerts, "io"),
      networkIn: number(alerts, "network_in"),
      networkOut: number(alerts, "network_out"),
      transferQuota: number(alerts, "transfer_quota"),
    },
  };
}

/** States that end in a running Linode count as running. */
export function isBooted(status: string): boolean {
  return ["running", "rebooting", "booting"].includes(status);
}

function addressesOf(found: Json, ipv4: Json, known: PropertyMap): PropertyMap {
  const addresses = (kind: string): readonly string[] =>
    inners(ipv4, kind).map((one) => text(one, "address"));
  const kept = (name: string, now: readonly string[]): PropertyMap => {
    const old = known[name];
    const address = typeof old === "string" && now.includes(old) ? old : now[0];
    return address === undefined ? {} : { [name]: address };
  };
  const hasPrivate = addresses("private").length > 0;
  return {
    ipv4s: [...texts(found, "ipv4")].sort(),
    ipv6: text(found, "ipv6"),
    sharedIpv4s: [...addresses("shared")].sort(),
    privateIp: hasPrivate,
    ...kept("ipAddress", addresses("public")),
    ...(hasPrivate ? kept("privateIpAddress", addresses("private")) : privateAtBirth(found, known)),
  };
}

/** The official plugin takes the last address of a new Linode that looks private for its private one, and keeps it. */
function privateAtBirth(found: Json, known: PropertyMap): PropertyMap {
  const isNew = Object.keys(known).length > 0 && known["ipAddress"] === undefined;
  const address = isNew ? texts(found, "ipv4").findLast(isPrivate) : known["privateIpAddress"];
  return address === undefined ? {} : { privateIpAddress: address };
}

/** RFC 1918. */
const isPrivate = (address: string): boolean =>
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);

function disksOf(disks: readonly Json[]): PropertyMap {
  const swap = disks.filter((disk) => text(disk, "filesystem") === "swap");
  return {
    swapSize: swap.reduce((sum, disk) => sum + number(disk, "size"), 0),
    disks: disks.map((disk) => ({
      id: number(disk, "id"),
      label: text(disk, "label"),
      filesystem: text(disk, "filesystem"),
      size: number(disk, "size"),
      // what the API never tells; the SDK has them all the same
      authorizedKeys: [],
      authorizedUsers: [],
      image: "",
      readOnly: false,
      rootPass: "",
      stackscriptData: {},
      stackscriptId: 0,
    })),
  };
}

/** Interfaces are read back only where the program gives some: otherwise they are the cloud's own. */
function configsOf(
  configs: readonly Json[],
  disks: readonly Json[],
  known: PropertyMap,
): PropertyMap {
  const [only, ...others] = configs;
  const given = known["interfaces"];
  const isGiven = Array.isArray(given) && given.length > 0;
  const single: PropertyMap =
    only === undefined || others.length > 0
      ? {}
      : {
          bootConfigLabel: text(only, "label"),
          interfaces: isGiven ? interfacesOf(only) : [],
        };
  return { ...single, configs: configs.map((config) => configOf(config, disks)) };
}

function configOf(config: Json, disks: readonly Json[]): PropertyValue {
  const helpers = inner(config, "helpers");
  const devices = inner(config, "devices");
  return {
    id: number(config, "id"),
    label: text(config, "label"),
    kernel: text(config, "kernel"),
    comments: text(config, "comments"),
    memoryLimit: number(config, "memory_limit"),
    rootDevice: text(config, "root_device"),
    runLevel: text(config, "run_level"),
    virtMode: text(config, "virt_mode"),
    helpers: {
      devtmpfsAutomount: flag(helpers, "devtmpfs_automount"),
      distro: flag(helpers, "distro"),
      modulesDep: flag(helpers, "modules_dep"),
      network: flag(helpers, "network"),
      updatedbDisabled: flag(helpers, "updatedb_disabled"),
    },
    devices: Object.fromEntries(
      Object.keys(devices).flatMap((slot) => {
        const device = deviceOf(inner(devices, slot), disks);
        return device === null ? [] : [[slot, device]];
      }),
    ),
    interfaces: interfacesOf(config),
  };
}

function deviceOf(device: Json, disks: readonly Json[]): PropertyValue {
  const [diskId, volumeId] = [number(device, "disk_id"), number(device, "volume_id")];
  if (diskId === 0 && volumeId === 0) return null;
  const disk = disks.find((one) => number(one, "id") === diskId);
  return { diskId, volumeId, diskLabel: disk === undefined ? "" : text(disk, "label") };
}

function interfacesOf(config: Json): readonly PropertyMap[] {
  return inners(config, "interfaces").map((one) => {
    const ipv4 = inner(one, "ipv4");
    return {
      purpose: text(one, "purpose"),
      primary: flag(one, "primary"),
      active: flag(one, "active"),
      id: number(one, "id"),
      label: text(one, "label"),
      ipamAddress: text(one, "ipam_address"),
      subnetId: number(one, "subnet_id"),
      vpcId: number(one, "vpc_id"),
      ipRanges: texts(one, "ip_ranges"),
      ...(Object.keys(ipv4).length === 0
        ? {}
        : { ipv4: { vpc: text(ipv4, "vpc"), nat11: text(ipv4, "nat_1_1") } }),
    };
  });
}
