import type { DropletArgs, DropletState } from "@pulumi/digitalocean/droplet.js";
import type { input } from "@pulumi/digitalocean/types/index.js";
import type { PropertySpec } from "../lib/schema-table.ts";

const backupPolicy = {
  hour: { type: "number" },
  plan: { type: "string" },
  weekday: { type: "string" },
} as const satisfies Record<keyof input.DropletBackupPolicy, PropertySpec>;

const inputs = {
  backupPolicy: { type: { object: backupPolicy } },
  backups: { type: "boolean", default: false },
  dropletAgent: { type: "boolean", replaces: true },
  gracefulShutdown: { type: "boolean", default: false },
  image: { type: "string", required: true, replaces: true },
  ipv6: { type: "boolean", default: false },
  ipv6Address: { type: "string", computed: true },
  monitoring: { type: "boolean", default: false, replaces: true },
  name: { type: "string", required: true },
  privateNetworking: { type: "boolean", computed: true },
  publicNetworking: { type: "boolean", computed: true, replaces: true },
  region: { type: "string", computed: true, replaces: true },
  resizeDisk: { type: "boolean", default: true },
  size: { type: "string", required: true },
  sshKeys: { type: { list: "string" }, replaces: true },
  tags: { type: { list: "string" } },
  userData: { type: "string", replaces: true },
  volumeIds: { type: { list: "string" }, computed: true },
  vpcUuid: { type: "string", computed: true, replaces: true },
} as const satisfies Record<keyof DropletArgs, PropertySpec>;

const output = { computed: true, outputOnly: true } as const;

/**
 * Inputs and outputs of a Droplet.
 * @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/droplet/resource_droplet.go
 */
export const dropletTable = {
  ...inputs,
  createdAt: { type: "string", ...output },
  disk: { type: "number", ...output },
  dropletUrn: { type: "string", ...output },
  ipv4Address: { type: "string", ...output },
  ipv4AddressPrivate: { type: "string", ...output },
  locked: { type: "boolean", ...output },
  memory: { type: "number", ...output },
  priceHourly: { type: "number", ...output },
  priceMonthly: { type: "number", ...output },
  status: { type: "string", ...output },
  vcpus: { type: "number", ...output },
} as const satisfies Record<keyof DropletState, PropertySpec>;
