import type { FirewallArgs, FirewallState } from "@pulumi/digitalocean/firewall.js";
import type { input } from "@pulumi/digitalocean/types/index.js";
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
import type { SetKind } from "../lib/bridge/same.ts";
import { each, notEmpty, oneOf, type Validator } from "../lib/bridge/validators.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import { isList, isMap, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import type { BridgedResource } from "./resource.ts";
import { tagName } from "./tag-name.ts";

const rule = {
  protocol: { type: "string", required: true },
  portRange: { type: "string" },
} as const;
const texts_ = { type: { list: "string" } } as const;

const inboundRule = {
  ...rule,
  sourceAddresses: texts_,
  sourceDropletIds: { type: { list: "number" } },
  sourceKubernetesIds: texts_,
  sourceLoadBalancerUids: texts_,
  sourceTags: texts_,
} as const satisfies Record<keyof input.FirewallInboundRule, PropertySpec>;

const outboundRule = {
  ...rule,
  destinationAddresses: texts_,
  destinationDropletIds: { type: { list: "number" } },
  destinationKubernetesIds: texts_,
  destinationLoadBalancerUids: texts_,
  destinationTags: texts_,
} as const satisfies Record<keyof input.FirewallOutboundRule, PropertySpec>;

const inputs = {
  name: { type: "string", required: true },
  dropletIds: { type: { list: "number" } },
  inboundRules: { type: { list: { object: inboundRule } } },
  outboundRules: { type: { list: { object: outboundRule } } },
  tags: texts_,
} as const satisfies Record<keyof FirewallArgs, PropertySpec>;

const output = { computed: true, outputOnly: true } as const;

const table = {
  ...inputs,
  createdAt: { type: "string", ...output },
  pendingChanges: { type: { list: "any" }, ...output },
  status: { type: "string", ...output },
} as const satisfies Record<keyof FirewallState, PropertySpec>;

/** Both ends of a rule have the same members, under names of their own. */
const ends = {
  inboundRules: { prefix: "source", key: "inbound_rules", side: "sources" },
  outboundRules: { prefix: "destination", key: "outbound_rules", side: "destinations" },
} as const;
type Rules = keyof typeof ends;

/** Peers of a rule: property suffix → member of the API's object. */
const peers = {
  Addresses: "addresses",
  DropletIds: "droplet_ids",
  KubernetesIds: "kubernetes_ids",
  LoadBalancerUids: "load_balancer_uids",
  Tags: "tags",
} as const;

const ruleKind = (prefix: string): SetKind => ({
  sets: Object.fromEntries(
    Object.keys(peers).map((suffix) => [
      `${prefix}${suffix}`,
      suffix === "Tags" ? "ignoreCase" : "exact",
    ]),
  ),
});

/** @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/firewall/firewalls.go */
export const firewall: BridgedResource = {
  table,
  sets: {
    dropletIds: "exact",
    tags: "ignoreCase",
    inboundRules: ruleKind("source"),
    outboundRules: ruleKind("destination"),
  },
  autoNamed: true,
  meta: null,
  timeouts: { create: 1200, update: 1200, delete: 1200 },
  validators: {
    name: notEmpty("name"),
    tags: each(tagName),
    inboundRules: each(ruleValidator("inbound_rule", "source")),
    outboundRules: each(ruleValidator("outbound_rule", "destination")),
  },
  checkPlan,

  create: async ({ client, signal }, given) => {
    const answer = await client
      .request("POST", "/v2/firewalls", signal, request(given))
      .catch(failing("Error creating firewall"));
    return text(inner(answer, "firewall"), "id");
  },

  read: async ({ client, signal }, id) => {
    const answer = await client
      .find(`/v2/firewalls/${id}`, signal)
      .catch(failing("Error retrieving firewall"));
    return answer === null ? null : attributes(inner(answer, "firewall"));
  },

  update: async ({ client, signal }, id, _state, planned) => {
    await client
      .request("PUT", `/v2/firewalls/${id}`, signal, request(planned))
      .catch(failing("Error updating firewall"));
  },

  delete: async ({ client, signal }, id) => {
    await client.request("DELETE", `/v2/firewalls/${id}`, signal).catch((error: unknown) => {
      if (!String(error).includes("404 Not Found")) failing("Error deleting firewall")(error);
    });
  },
};

function checkPlan(planned: PropertyMap): void {
  const rules = (name: Rules): PropertyValue => planned[name] ?? [];
  const isEmpty = (name: Rules): boolean => isList(rules(name)) && list(planned, name).length === 0;
  if (isEmpty("inboundRules") && isEmpty("outboundRules")) {
    throw new Error("At least one rule must be specified");
  }
  for (const [name, direction] of [
    ["inboundRules", "inbound"],
    ["outboundRules", "outbound"],
  ] as const) {
    for (const given of list(planned, name)) {
      if (isMap(given) && given["protocol"] !== "icmp" && (given["portRange"] ?? "") === "") {
        throw new Error(
          `\`port_range\` of ${direction} rules is required if protocol is \`tcp\` or \`udp\``,
        );
      }
    }
  }
}

function ruleValidator(block: string, prefix: string): Validator {
  const validators: Readonly<Record<string, Validator>> = {
    protocol: oneOf(`${block}.protocol`, ["tcp", "udp", "icmp"]),
    portRange: notEmpty(`${block}.port_range`),
    [`${prefix}Addresses`]: each(notEmpty(`${block}.${prefix}_addresses`)),
    [`${prefix}Tags`]: each(tagName),
  };
  return (value) =>
    isMap(value)
      ? Object.entries(validators).flatMap(([name, validate]) => validate(value[name] ?? null))
      : [];
}

/** The whole firewall, as the API takes it for both a new one and a change. */
function request(given: PropertyMap): Json {
  const rules = (name: Rules): readonly Json[] | null => {
    const { prefix, side } = ends[name];
    const wanted = list(given, name).filter(isMap);
    if (wanted.length === 0) return null;
    return wanted.map((item) => ({
      protocol: text(item, "protocol"),
      ...(text(item, "portRange") === "" ? {} : { ports: text(item, "portRange") }),
      [side]: Object.fromEntries(
        Object.entries(peers)
          .map(([suffix, member]): [string, readonly PropertyValue[]] => [
            member,
            list(item, `${prefix}${suffix}`),
          ])
          .filter(([, members]) => members.length > 0),
      ),
    }));
  };
  const dropletIds = list(given, "dropletIds");
  return {
    name: text(given, "name"),
    inbound_rules: rules("inboundRules"),
    outbound_rules: rules("outboundRules"),
    droplet_ids: dropletIds.length === 0 ? null : dropletIds,
    tags: texts(given, "tags"),
  };
}

function attributes(found: Json): PropertyMap {
  const rules = (name: Rules): PropertyValue => {
    const { prefix, key, side } = ends[name];
    return inners(found, key).map((item) => ({
      protocol: text(item, "protocol"),
      portRange: portRange(text(item, "protocol"), text(item, "ports")),
      ...Object.fromEntries(
        Object.entries(peers).map(([suffix, member]) => [
          `${prefix}${suffix}`,
          list(inner(item, side), member),
        ]),
      ),
    }));
  };
  return {
    name: text(found, "name"),
    status: text(found, "status"),
    createdAt: text(found, "created_at"),
    pendingChanges: inners(found, "pending_changes").map((change) => ({
      dropletId: number(change, "droplet_id"),
      removing: flag(change, "removing"),
      status: text(change, "status"),
    })),
    dropletIds: list(found, "droplet_ids"),
    inboundRules: rules("inboundRules"),
    outboundRules: rules("outboundRules"),
    tags: texts(found, "tags"),
  };
}

/** The API answers "0" for all ports, and for a protocol without any. */
function portRange(protocol: string, ports: string): string {
  if (ports !== "0") return ports;
  return protocol === "icmp" ? "" : "all";
}
