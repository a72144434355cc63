import type { DnsRecordArgs, DnsRecordState } from "@pulumi/digitalocean/dnsRecord.js";
import { inner, number, numericId, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { notEmpty, oneOf } from "../lib/bridge/validators.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import type { PropertyMap, PropertyValue } from "../lib/values.ts";
import { isNotFound } from "./client.ts";
import type { BridgedResource } from "./resource.ts";

const inputs = {
  domain: { type: "string", required: true, replaces: true },
  type: { type: "string", required: true, replaces: true },
  name: { type: "string" },
  value: { type: "string", required: true },
  ttl: { type: "number", computed: true },
  port: { type: "number" },
  priority: { type: "number" },
  weight: { type: "number" },
  flags: { type: "number" },
  tag: { type: "string" },
} as const satisfies Record<keyof DnsRecordArgs, PropertySpec>;

const table = {
  ...inputs,
  fqdn: { type: "string", computed: true, outputOnly: true },
} as const satisfies Record<keyof DnsRecordState, PropertySpec>;

const types = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "TXT", "SRV", "SOA"];

/** @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/domain/resource_record.go */
export const dnsRecord: BridgedResource = {
  table,
  sets: {},
  autoNamed: true,
  meta: null,
  timeouts: { create: 1200, update: 1200, delete: 1200 },
  validators: {
    domain: notEmpty("domain"),
    name: notEmpty("name"),
    type: oneOf("type", types),
    ttl: atLeastOne,
  },

  create: async ({ client, signal }, given) => {
    const answer = await client
      .request("POST", recordsOf(given), signal, { type: text(given, "type"), ...bodyOf(given) })
      .catch(failing("Failed to create record"));
    return String(number(inner(answer, "domain_record"), "id"));
  },

  read: async ({ client, signal }, id, known) => {
    numericId(id, "invalid record ID");
    const answer = await client.find(`${recordsOf(known)}/${id}`, signal);
    if (answer === null) return null;
    const found = inner(answer, "domain_record");
    const [name, type] = [text(found, "name"), text(found, "type")];
    const domain = text(known, "domain");
    return {
      name,
      type,
      value: valueOf(type, text(found, "data")),
      ttl: number(found, "ttl"),
      fqdn: name === "@" ? domain : `${name}.${domain}`,
    };
  },

  readImport: (_call, id) => {
    const [domain = "", record = ""] = id.split(",");
    return Promise.resolve(record === "" ? {} : { id: record, domain });
  },

  update: async ({ client, signal }, id, state, planned) => {
    await client
      .request("PUT", `${recordsOf(state)}/${id}`, signal, bodyOf(planned))
      .catch(failing("Failed to update record"));
  },

  delete: async ({ client, signal }, id, state) => {
    await client.request("DELETE", `${recordsOf(state)}/${id}`, signal).catch((error: unknown) => {
      if (isNotFound(error)) return;
      failing("Error deleting record")(error);
    });
  },
};

function atLeastOne(value: PropertyValue): readonly string[] {
  return typeof value !== "number" || value >= 1
    ? []
    : [`expected ttl to be at least (1), got ${value}`];
}

/** The client sends these numbers even where nobody gave them. */
function bodyOf(given: PropertyMap): Json {
  const ttl = number(given, "ttl");
  const numbers = ["priority", "port", "weight", "flags"].map((name) => [
    name,
    number(given, name),
  ]);
  return {
    name: text(given, "name"),
    data: text(given, "value"),
    ...(ttl === 0 ? {} : { ttl }),
    ...(Object.fromEntries(numbers) as Json),
  };
}

/** Names end with a dot in the state, and have none in the answer. */
function valueOf(type: string, data: string): string {
  return ["CNAME", "MX", "NS", "SRV", "CAA"].includes(type) && data !== "@" ? `${data}.` : data;
}

function recordsOf(known: PropertyMap): string {
  return `/v2/domains/${encodeURIComponent(text(known, "domain"))}/records`;
}
