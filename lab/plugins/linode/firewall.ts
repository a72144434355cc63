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
import { isEqual } from "../lib/bridge/same.ts";
import { isList, isMap, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import { firewallDescriptions, firewallProblems, firewallTable } from "./firewall-table.ts";
import { idNumber, utcTime } from "./numbers.ts";
import { frameworkResource, type BridgedResource, type Call } from "./resource.ts";

const root = "/networking/firewalls";

/** @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/firewall/framework_resource.go */
export const firewall: BridgedResource = {
  ...frameworkResource,
  table: firewallTable,
  sets: { linodes: "exact", nodebalancers: "exact", tags: "ignoreCase" },
  descriptions: firewallDescriptions,
  validate: firewallProblems,
  planned,

  create: async ({ client, signal }, given) => {
    const tags = texts(planned(given), "tags");
    const devices = {
      linodes: list(given, "linodes"),
      nodebalancers: list(given, "nodebalancers"),
    };
    const made = await client
      .request("POST", root, signal, {
        label: text(given, "label"),
        rules: ruleSet(given),
        ...(tags.length === 0 ? {} : { tags }),
        devices: Object.fromEntries(Object.entries(devices).filter(([, ids]) => ids.length > 0)),
      })
      .catch(failing("Failed to Create Firewall"));
    return String(number(made, "id"));
  },

  settle: async ({ client, signal }, id, given) => {
    if (!flag(given, "disabled")) return;
    await client
      .request("PUT", `${root}/${id}`, signal, { status: "disabled" })
      .catch(failing("Failed to Disable Fireall"));
  },

  read: async ({ client, signal }, id) => {
    const path = `${root}/${idNumber(id)}`;
    const found = await client.find(path, signal).catch(failing(`Failed to Get Firewall ${id}`));
    if (found === null) return null;
    const rules = await client
      .get(`${path}/rules`, signal)
      .catch(failing(`Failed to Get Rules for Firewall ${id}`));
    const devices = await client
      .list(`${path}/devices`, signal)
      .catch(failing(`Failed to Get Devices for Firewall ${id}`));
    return attributes(found, rules, devices);
  },

  update: async (call, id, state, given) => {
    const { client, signal } = call;
    const changed = changes(state, given);
    const body: Json = {
      ...(changed("label") ? { label: text(given, "label") } : {}),
      ...(changed("disabled") ? { status: flag(given, "disabled") ? "disabled" : "enabled" } : {}),
      ...(changed("tags") ? { tags: texts(given, "tags") } : {}),
    };
    if (Object.keys(body).length > 0) {
      await client
        .request("PUT", `${root}/${id}`, signal, body)
        .catch(failing(`Failed to Update Firewall ${id}`));
    }
    if (["inbounds", "outbounds", "inboundPolicy", "outboundPolicy"].some(changed)) {
      await client
        .request("PUT", `${root}/${id}/rules`, signal, ruleSet(given))
        .catch(failing(`Failed to Update Rules for Firewall ${id}`));
    }
    if (changed("linodes") || changed("nodebalancers")) {
      await assign(call, id, given).catch(failing(`Failed to Update Devices for Firewall ${id}`));
    }
  },

  delete: async ({ client, signal }, id) => {
    await client
      .request("DELETE", `${root}/${id}`, signal)
      .catch(failing(`Failed to Delete Firewall ${id}`));
  },
};

/** The defaults, and the tags in the order of a set. */
function planned(given: PropertyMap): PropertyMap {
  const rules = (name: "inbounds" | "outbounds"): PropertyValue => {
    const wanted = given[name] ?? [];
    return isList(wanted)
      ? wanted.map((item) => (isMap(item) ? { description: "", ...item } : item))
      : wanted;
  };
  const tags = given["tags"] ?? [];
  return {
    disabled: false,
    ...given,
    inbounds: rules("inbounds"),
    outbounds: rules("outbounds"),
    tags: isList(tags) ? [...tags].sort() : tags,
  };
}

function changes(state: PropertyMap, given: PropertyMap): (name: string) => boolean {
  const unordered = (value: PropertyValue | undefined): PropertyValue =>
    isList(value) && value.every((item) => typeof item !== "object")
      ? [...value].sort()
      : (value ?? []);
  return (name) => !isEqual(unordered(state[name]), unordered(given[name]));
}

function ruleSet(given: PropertyMap): Json {
  const rules = (name: "inbounds" | "outbounds") =>
    list(given, name)
      .filter(isMap)
      .map((item) => ({
        action: text(item, "action"),
        label: text(item, "label"),
        ...nonEmpty("description", text(item, "description")),
        ...nonEmpty("ports", text(item, "ports")),
        protocol: text(item, "protocol"),
        addresses: {
          ...(isList(item["ipv4s"]) ? { ipv4: item["ipv4s"] } : {}),
          ...(isList(item["ipv6s"]) ? { ipv6: item["ipv6s"] } : {}),
        },
      }));
  return {
    inbound: rules("inbounds"),
    inbound_policy: text(given, "inboundPolicy"),
    outbound: rules("outbounds"),
    outbound_policy: text(given, "outboundPolicy"),
  };
}

const nonEmpty = (name: string, value: string): Json => (value === "" ? {} : { [name]: value });

/** Attaches what is listed, and detaches whatever else is behind the firewall. */
async function assign({ client, signal }: Call, id: string, given: PropertyMap): Promise<void> {
  const path = `${root}/${id}/devices`;
  const wanted = [
    ...list(given, "linodes").map((entity) => ({ id: Number(entity), type: "linode" })),
    ...list(given, "nodebalancers").map((entity) => ({ id: Number(entity), type: "nodebalancer" })),
  ];
  const surplus = new Map(
    (await client.list(path, signal)).map((device) => {
      const entity = inner(device, "entity");
      return [`${text(entity, "type")} ${number(entity, "id")}`, number(device, "id")];
    }),
  );
  for (const entity of wanted) {
    if (surplus.delete(`${entity.type} ${entity.id}`)) continue;
    await client.request("POST", path, signal, entity);
  }
  for (const device of surplus.values()) {
    await client.request("DELETE", `${path}/${device}`, signal);
  }
}

function attributes(found: Json, ruled: Json, devices: readonly Json[]): PropertyMap {
  const ofType = (type: string): readonly number[] =>
    devices
      .map((device) => inner(device, "entity"))
      .filter((entity) => text(entity, "type") === type)
      .map((entity) => number(entity, "id"));
  return {
    label: text(found, "label"),
    tags: [...texts(found, "tags")].sort(),
    disabled: text(found, "status") === "disabled",
    status: text(found, "status"),
    inboundPolicy: text(inner(found, "rules"), "inbound_policy"),
    outboundPolicy: text(inner(found, "rules"), "outbound_policy"),
    inbounds: rulesOf(ruled, "inbound"),
    outbounds: rulesOf(ruled, "outbound"),
    linodes: ofType("linode"),
    nodebalancers: ofType("nodebalancer"),
    devices: devices.map((device) => {
      const entity = inner(device, "entity");
      return {
        id: number(device, "id"),
        entityId: number(entity, "id"),
        type: text(entity, "type"),
        label: text(entity, "label"),
        url: text(entity, "url"),
      };
    }),
    created: utcTime(text(found, "created")),
    updated: utcTime(text(found, "updated")),
  };
}

/** What a rule does not have stays away: an empty list would be another rule. */
function rulesOf(ruled: Json, direction: "inbound" | "outbound"): readonly PropertyMap[] {
  return inners(ruled, direction).map((item) => {
    const addresses = inner(item, "addresses");
    const ports = text(item, "ports");
    return {
      action: text(item, "action"),
      label: text(item, "label"),
      protocol: text(item, "protocol"),
      description: text(item, "description"),
      ...(ports === "" ? {} : { ports }),
      ...(Array.isArray(addresses["ipv4"]) ? { ipv4s: texts(addresses, "ipv4") } : {}),
      ...(Array.isArray(addresses["ipv6"]) ? { ipv6s: texts(addresses, "ipv6") } : {}),
    };
  });
}
