import type { DomainRecordArgs, DomainRecordState } from "@pulumi/linode/domainRecord.js";
import { number, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { PropertyMap, PropertyValue } from "../lib/values.ts";
import { idNumber, importedIds } from "./numbers.ts";
import { known, lengthBetween, oneOf } from "./problems.ts";
import { frameworkResource, type BridgedResource } from "./resource.ts";

const inputs = {
  domainId: { type: "number", required: true, replaces: true },
  recordType: { type: "string", required: true, replaces: true },
  target: { type: "string", required: true },
  name: { type: "string", computed: true },
  ttlSec: { type: "number", computed: true },
  priority: { type: "number", computed: true },
  port: { type: "number", computed: true },
  weight: { type: "number", computed: true },
  protocol: { type: "string" },
  service: { type: "string" },
  tag: { type: "string" },
} as const satisfies Record<keyof DomainRecordArgs, PropertySpec>;

const table = { ...inputs } as const satisfies Record<keyof DomainRecordState, PropertySpec>;

const types = ["A", "AAAA", "NS", "MX", "CNAME", "TXT", "SRV", "PTR", "CAA"];

/** @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/domainrecord/framework_resource.go */
export const domainRecord: BridgedResource = {
  ...frameworkResource,
  table,
  descriptions: {
    domainId: "The ID of the Domain to access.",
    recordType:
      "The type of Record this is in the DNS system. For example, A records associate a domain name with an IPv4 address, and AAAA records associate a domain name with an IPv6 address.",
    target:
      "The target for this Record. This field's actual usage depends on the type of record this represents. For A and AAAA records, this is the address the named Domain should resolve to.",
  },
  validate: (given) => [
    ...lengthBetween(known(given, "name"), { at: "name", tf: "name" }, [0, 100]),
    ...oneOf(known(given, "recordType"), { at: "recordType", tf: "record_type" }, types),
  ],
  // The cloud rounds a time to live; what it made of the same number is no difference.
  isSame: (name, old, now) => name === "ttlSec" && rounded(old) === rounded(now),

  create: async ({ client, signal }, given) => {
    const made = await client
      .request("POST", recordsOf(given), signal, bodyOf(given))
      .catch(failing("Error creating a Linode DomainRecord"));
    return String(number(made, "id"));
  },

  read: async ({ client, signal }, id, state) => {
    const found = await client
      .find(`${recordsOf(state)}/${idNumber(id)}`, signal)
      .catch(failing("Unable to refresh the Domain Record."));
    return found === null ? null : attributes(found);
  },

  readImport: (_call, id) => {
    const { outer, inner } = importedIds(id, ["domain_id", "id"]);
    return Promise.resolve({ id: inner, domainId: outer });
  },

  update: async ({ client, signal }, id, state, planned) => {
    await client
      .request("PUT", `${recordsOf(state)}/${id}`, signal, bodyOf(planned))
      .catch(failing("Error updating Domain Record"));
  },

  // One that is gone already is a failure here.
  delete: async ({ client, signal }, id, state) => {
    await client
      .request("DELETE", `${recordsOf(state)}/${id}`, signal)
      .catch(failing(`Error deleting Linode DomainRecord ${id}`));
  },
};

const ttls = [
  30, 120, 300, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 172_800, 345_600, 604_800, 1_209_600,
  2_419_200,
];

function rounded(seconds: PropertyValue | undefined): number {
  const value = typeof seconds === "number" ? seconds : 0;
  if (value === 0) return 0;
  return ttls.reduce((best, ttl) => (Math.abs(ttl - value) < Math.abs(best - value) ? ttl : best));
}

function attributes(found: Json): PropertyMap {
  return {
    name: text(found, "name"),
    recordType: text(found, "type"),
    target: text(found, "target"),
    ttlSec: number(found, "ttl_sec"),
    priority: number(found, "priority"),
    port: number(found, "port"),
    weight: number(found, "weight"),
  };
}

function bodyOf(given: PropertyMap): Json {
  const ttl = number(given, "ttlSec");
  const numbers = ["priority", "weight", "port"].filter((name) => typeof given[name] === "number");
  return {
    type: text(given, "recordType"),
    name: text(given, "name"),
    target: text(given, "target"),
    ...(Object.fromEntries(numbers.map((name) => [name, number(given, name)])) as Json),
    ...(ttl === 0 ? {} : { ttl_sec: ttl }),
  };
}

function recordsOf(given: PropertyMap): string {
  return `/domains/${Number(given["domainId"])}/records`;
}
