import type { InstanceArgs, InstanceState } from "@pulumi/linode/instance.js";
import type { input } from "@pulumi/linode/types/index.js";
import type { Problem } from "../lib/bridge/resource.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import { isList, Unknown, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import { refused } from "./refused.ts";

const output = { computed: true, outputOnly: true } as const;
const texts = { list: "string" } as const;
const number = { type: "number", computed: true } as const;

const interfaceAddresses = {
  vpc: { type: "string", computed: true },
  nat11: { type: "string", computed: true },
} as const satisfies Record<keyof input.InstanceInterfaceIpv4, PropertySpec>;

const networkInterface = {
  purpose: { type: "string", required: true },
  primary: { type: "boolean", default: false },
  label: { type: "string" },
  ipamAddress: { type: "string" },
  subnetId: { type: "number" },
  ipv4: { type: { object: interfaceAddresses }, computed: true },
  ipRanges: { type: texts },
  active: { type: "boolean", ...output },
  id: { type: "number", ...output },
  vpcId: { type: "number", ...output },
} as const satisfies Record<keyof input.InstanceInterface, PropertySpec>;

const metadata = {
  userData: { type: "string" },
} as const satisfies Record<keyof input.InstanceMetadata, PropertySpec>;

const alerts = {
  cpu: number,
  io: number,
  networkIn: number,
  networkOut: number,
  transferQuota: number,
} as const satisfies Record<keyof input.InstanceAlerts, PropertySpec>;

const inputs = {
  region: { type: "string", required: true },
  type: { type: "string", default: "g6-standard-1" },
  image: { type: "string", replaces: true },
  label: { type: "string", computed: true },
  group: { type: "string" },
  tags: { type: { list: "string" } },
  authorizedKeys: { type: texts, replaces: true },
  authorizedUsers: { type: texts, replaces: true },
  rootPass: { type: "string", secret: true, replaces: true },
  metadatas: { type: { list: { object: metadata } }, replaces: true },
  interfaces: { type: { list: { object: networkInterface } } },
  firewallId: { type: "number", replaces: true },
  booted: { type: "boolean", computed: true },
  privateIp: { type: "boolean" },
  swapSize: number,
  backupsEnabled: { type: "boolean", computed: true },
  watchdogEnabled: { type: "boolean", default: true },
  alerts: { type: { object: alerts }, computed: true },
  bootConfigLabel: { type: "string", computed: true },
  diskEncryption: { type: "string", computed: true, replaces: true },
  migrationType: { type: "string", default: "cold" },
  resizeDisk: { type: "boolean", default: false },
  placementGroupExternallyManaged: { type: "boolean", default: false },
  // refused when given: see `notDone`
  backupId: { type: "number", replaces: true },
  configs: { type: { list: "any" }, ...output },
  disks: { type: { list: "any" }, ...output },
  ipv4s: { type: texts, ...output },
  placementGroup: { type: "any" },
  sharedIpv4s: { type: texts, ...output },
  stackscriptData: { type: { map: "string" }, secret: true, replaces: true },
  stackscriptId: { type: "number", replaces: true },
} as const satisfies Record<keyof InstanceArgs, PropertySpec>;

/**
 * Inputs and outputs of an Instance.
 * @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/instance/schema_resource.go
 */
export const instanceTable = {
  ...inputs,
  backups: { type: { list: "any" }, ...output },
  capabilities: { type: texts, ...output },
  hasUserData: { type: "boolean", ...output },
  hostUuid: { type: "string", ...output },
  ipAddress: { type: "string", ...output },
  ipv6: { type: "string", ...output },
  lkeClusterId: { type: "number", ...output },
  privateIpAddress: { type: "string", ...output },
  specs: { type: { list: "any" }, ...output },
  status: { type: "string", ...output },
} as const satisfies Record<keyof InstanceState, PropertySpec>;

/** What a cluster node does not need: deploying from anything but an image, and addresses shared or reserved. */
const notDone = [
  "backupId",
  "configs",
  "disks",
  "ipv4s",
  "placementGroup",
  "sharedIpv4s",
  "stackscriptData",
  "stackscriptId",
] as const;

/** Terraform's names of the properties that go only with an image. */
const withImage = {
  authorizedKeys: "authorized_keys",
  authorizedUsers: "authorized_users",
  interfaces: "interface",
  resizeDisk: "resize_disk",
  swapSize: "swap_size",
} as const;

/** What is wrong between the inputs, in the words of Terraform's SDK. */
export function instanceProblems(given: PropertyMap): readonly Problem[] {
  const refusals = notDone
    .filter((name) => name in given)
    .map((name) => ({ at: name, reason: refused(`an Instance's ${name}`).message }));
  const imageless = Object.entries(withImage)
    .filter(([name]) => isGiven(given[name]) && !isGiven(given["image"]))
    .map(([at, tf]) => {
      const both = [tf, "image"].sort().join(",");
      return {
        at,
        reason: `Missing required argument. "${tf}": all of \`${both}\` must be specified`,
      };
    });
  return [...refusals, ...imageless, ...lengthProblems(given)];
}

const isGiven = (value: PropertyValue | undefined): boolean => {
  if (value === Unknown) return true;
  return value !== undefined && value !== null && !(isList(value) && value.length === 0);
};

function lengthProblems(given: PropertyMap): readonly Problem[] {
  const lengths = [
    { at: "label", tf: "label", least: 3, most: 50 },
    { at: "rootPass", tf: "root_pass", least: 11, most: 128 },
  ] as const;
  return lengths.flatMap(({ at, tf, least, most }) => {
    const value = given[at];
    if (typeof value !== "string") return [];
    const length = Buffer.byteLength(value);
    if (length >= least && length <= most) return [];
    const shown = at === "rootPass" ? "another length" : value; // a password is never shown
    return [
      {
        at,
        reason: `expected length of ${tf} to be in the range (${least} - ${most}), got ${shown}`,
      },
    ];
  });
}
