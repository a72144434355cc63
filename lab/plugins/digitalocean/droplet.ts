import { createHash } from "node:crypto";
import { isIP } from "node:net";
import {
  flag,
  inner,
  inners,
  number,
  numericId,
  text,
  texts,
  type Json,
} from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { each, notEmpty, oneOf, type Validator } from "../lib/bridge/validators.ts";
import { Unknown, type PropertyMap } from "../lib/values.ts";
import { isNotFound } from "./client.ts";
import { dropletTable } from "./droplet-table.ts";
import { backupPolicy, detachVolume, updateDroplet } from "./droplet-update.ts";
import { awaitDroplet } from "./droplet-wait.ts";
import type { BridgedResource, Call } from "./resource.ts";
import { tagName } from "./tag-name.ts";

const unlockTimeoutSeconds = 60;

/** @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/droplet/resource_droplet.go */
export const droplet: BridgedResource = {
  table: dropletTable,
  sets: { sshKeys: "exact", tags: "ignoreCase", volumeIds: "exact" },
  autoNamed: true,
  meta: '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":3600000000000,"delete":60000000000,"update":3600000000000},"schema_version":"1"}',
  timeouts: { create: 3600, update: 3600, delete: unlockTimeoutSeconds },
  validators: {
    image: notEmpty("image"),
    name: notEmpty("name"),
    region: notEmpty("region"),
    size: notEmpty("size"),
    sshKeys: each(notEmpty("ssh_keys")),
    userData: notEmpty("user_data"),
    vpcUuid: notEmpty("vpc_uuid"),
    tags: each(tagName),
    backupPolicy: policyValidator,
  },
  planned,
  // an IPv6 address cannot be given back
  forcesNew: (name, old, now) => name === "ipv6" && old === true && now === false,

  create: async ({ client, signal }, inputs) => {
    const answer = await client
      .request("POST", "/v2/droplets", signal, order(inputs))
      .catch(failing("Error creating droplet"));
    return String(number(inner(answer, "droplet"), "id"));
  },

  settle: (call, id) =>
    awaitDroplet(call, id, "create", "status", "active", ["new"]).catch(
      failing(`Error waiting for droplet (${id}) to become ready`),
    ),

  read: async (call, id) => {
    const found = await findDroplet(call, id).catch(failing("Error retrieving droplet"));
    return found === null ? null : attributes(found);
  },

  /** The image is never read back, because slugs move; only an import has to know it. */
  readImport: async (call, id) => {
    const found = await findDroplet(call, id).catch(failing("Error importing droplet"));
    const image = inner(found ?? {}, "image");
    return { image: text(image, "slug") || String(number(image, "id")), resizeDisk: true };
  },

  update: updateDroplet,
  delete: deleteDroplet,
};

/** Slugs are lower case; of user data only a hash is kept. */
function planned(inputs: PropertyMap): PropertyMap {
  const { region, size, userData } = inputs;
  return {
    ...inputs,
    ...(typeof region === "string" ? { region: region.toLowerCase() } : {}),
    ...(typeof size === "string" ? { size: size.toLowerCase() } : {}),
    ...(userData === undefined || userData === Unknown
      ? {}
      : { userData: createHash("sha1").update(text(inputs, "userData")).digest("hex") }),
  };
}

/** The order for a droplet, member for member as the official client sends it. */
function order(inputs: PropertyMap): Json {
  const given = planned(inputs);
  const image = text(inputs, "image");
  const keys = texts(inputs, "sshKeys");
  const policy = backupPolicy(inputs);
  const volumes = texts(inputs, "volumeIds").filter((volume) => volume !== "");
  const [userData, vpcUuid] = [text(inputs, "userData"), text(inputs, "vpcUuid")];
  return {
    name: text(inputs, "name"),
    region: text(given, "region"),
    size: text(given, "size"),
    image: isNumeric(image) ? Number(image) : image,
    ssh_keys: keys.length === 0 ? null : keys.map((key) => (isNumeric(key) ? Number(key) : key)),
    backups: flag(inputs, "backups"),
    ipv6: flag(inputs, "ipv6"),
    private_networking: flag(inputs, "privateNetworking"),
    monitoring: flag(inputs, "monitoring"),
    ...(userData === "" ? {} : { user_data: userData }),
    ...(volumes.length === 0 ? {} : { volumes: volumes.map((id) => ({ id })) }),
    tags: texts(inputs, "tags"),
    ...(vpcUuid === "" ? {} : { vpc_uuid: vpcUuid }),
    ...(inputs["dropletAgent"] === undefined
      ? {}
      : { with_droplet_agent: flag(inputs, "dropletAgent") }),
    ...(inputs["publicNetworking"] === false ? { public_networking: false } : {}),
    ...(policy === null ? {} : { backup_policy: policy }),
  };
}

const isNumeric = (value: string): boolean => /^[+-]?\d+$/.test(value);

async function findDroplet({ client, signal }: Call, id: string): Promise<Json | null> {
  const answer = await client.find(`/v2/droplets/${numericId(id, "invalid droplet id")}`, signal);
  return answer === null ? null : inner(answer, "droplet");
}

function attributes(found: Json): PropertyMap {
  const size = inner(found, "size");
  const publicIp = addressOf(found, "v4", "public");
  const features = texts(found, "features");
  return {
    name: text(found, "name"),
    dropletUrn: `do:droplet:${number(found, "id")}`,
    region: text(inner(found, "region"), "slug"),
    size: text(size, "slug"),
    priceHourly: number(size, "price_hourly"),
    priceMonthly: number(size, "price_monthly"),
    disk: number(found, "disk"),
    vcpus: number(found, "vcpus"),
    memory: number(found, "memory"),
    status: text(found, "status"),
    locked: flag(found, "locked"),
    createdAt: text(found, "created_at"),
    vpcUuid: text(found, "vpc_uuid"),
    ipv4Address: publicIp,
    ipv4AddressPrivate: addressOf(found, "v4", "private"),
    ipv6Address: addressOf(found, "v6", "public").toLowerCase(),
    publicNetworking: publicIp !== "",
    backups: features.includes("backups"),
    ipv6: features.includes("ipv6"),
    privateNetworking: features.includes("private_networking"),
    monitoring: features.includes("monitoring"),
    volumeIds: [...texts(found, "volume_ids")].sort(),
    tags: [...texts(found, "tags")].sort(),
  };
}

function addressOf(found: Json, version: "v4" | "v6", type: "public" | "private"): string {
  return (
    inners(inner(found, "networks"), version)
      .filter((network) => network["type"] === type)
      .map((network) => text(network, "ip_address"))
      .find((address) => isIP(address) !== 0) ?? ""
  );
}

async function deleteDroplet(call: Call, id: string, state: PropertyMap): Promise<void> {
  const { client, signal } = call;
  await awaitDroplet(call, id, "delete", "locked", "false", ["", "true"]).catch(
    failing(`Error waiting for droplet to be unlocked for destroy (${id})`),
  );
  if (flag(state, "gracefulShutdown")) {
    await client
      .request("POST", `/v2/droplets/${id}/actions`, signal, { type: "shutdown" })
      .catch(failing(`Error shutting down the the droplet (${id})`));
    await awaitDroplet(call, id, "delete", "status", "off", ["active"]).catch(
      failing(`Error waiting for droplet (${id}) to become off`),
    );
  }
  for (const volume of texts(state, "volumeIds")) {
    await detachVolume(call, id, volume).catch(
      failing(`Error detaching the volumes from the droplet (${id})`),
    );
  }
  try {
    await client.request("DELETE", `/v2/droplets/${id}`, signal);
  } catch (error) {
    // any other refusal shows up in the wait: that is how the official plugin does it
    if (isNotFound(error)) return;
  }
  const gone = { ...call, timeoutSeconds: unlockTimeoutSeconds };
  await awaitDroplet(gone, id, "delete", "status", "Not Found", ["active", "off"]).catch(
    failing("Error deleting droplet"),
  );
}

function policyValidator(value: Parameters<Validator>[0]): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const policy = value as PropertyMap;
  const hour = policy["hour"];
  return [
    ...oneOf("backup_policy.0.plan", ["daily", "weekly"])(policy["plan"] ?? null),
    ...oneOf("backup_policy.0.weekday", ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])(
      policy["weekday"] ?? null,
    ),
    ...(typeof hour === "number" && (hour < 0 || hour > 20)
      ? [`expected backup_policy.0.hour to be in the range (0 - 20), got ${hour}`]
      : []),
  ];
}
