import { randomBytes } from "node:crypto";
import { flag, inner, list, number, text, texts, type Json } from "../lib/bridge/attributes.ts";
import { isMap, type PropertyMap } from "../lib/values.ts";

/** The order for a Linode, member for member as the official client sends it. */
export function orderOf(given: PropertyMap): Json {
  const [metadata] = list(given, "metadatas");
  const interfaces = list(given, "interfaces").filter(isMap);
  const userData = isMap(metadata) ? text(metadata, "userData") : "";
  return {
    region: text(given, "region"),
    type: text(given, "type"),
    ...textMember("label", text(given, "label")),
    ...textMember("group", text(given, "group")),
    // somebody has to have one: nobody knows it, and root logs in with a key
    root_pass: text(given, "rootPass") || randomBytes(50).toString("base64"),
    ...listMember("authorized_keys", texts(given, "authorizedKeys")),
    ...listMember("authorized_users", texts(given, "authorizedUsers")),
    ...textMember("image", text(given, "image")),
    ...listMember("interfaces", interfaces.map(interfaceOrder)),
    ...(flag(given, "backupsEnabled") ? { backups_enabled: true } : {}),
    ...(flag(given, "privateIp") ? { private_ip: true } : {}),
    ...listMember("tags", texts(given, "tags")),
    ...(metadata === undefined ? {} : { metadata: textMember("user_data", userData) }),
    ...numberMember("firewall_id", number(given, "firewallId")),
    ...textMember("disk_encryption", text(given, "diskEncryption")),
    ...numberMember("swap_size", number(given, "swapSize")),
    booted: given["booted"] !== false,
  };
}

/** One interface as the API takes it; what belongs to another purpose is left out. */
export function interfaceOrder(given: PropertyMap): Json {
  const purpose = text(given, "purpose");
  const common = { purpose, ...(flag(given, "primary") ? { primary: true } : {}) };
  if (purpose === "vlan") {
    return {
      ...common,
      ...textMember("ipam_address", text(given, "ipamAddress")),
      ...textMember("label", text(given, "label")),
    };
  }
  if (purpose !== "vpc") return common;
  const ipv4 = inner(given, "ipv4");
  const addresses = {
    ...textMember("vpc", text(ipv4, "vpc")),
    ...textMember("nat_1_1", text(ipv4, "nat11")),
  };
  return {
    ...common,
    ...numberMember("subnet_id", number(given, "subnetId")),
    ...(Object.keys(addresses).length === 0 ? {} : { ipv4: addresses }),
    ...listMember("ip_ranges", texts(given, "ipRanges")),
  };
}

/** The alerts as the API takes them: what is not given is 0, which is off. */
export function alertsOrder(given: PropertyMap): Json {
  const alerts = inner(given, "alerts");
  return {
    cpu: number(alerts, "cpu"),
    io: number(alerts, "io"),
    network_in: number(alerts, "networkIn"),
    network_out: number(alerts, "networkOut"),
    transfer_quota: number(alerts, "transferQuota"),
  };
}

const textMember = (name: string, value: string): Json => (value === "" ? {} : { [name]: value });
const numberMember = (name: string, value: number): Json => (value === 0 ? {} : { [name]: value });
const listMember = (name: string, value: readonly unknown[]): Json =>
  value.length > 0 ? { [name]: value } : {};
