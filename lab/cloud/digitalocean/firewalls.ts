import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import type { ApiRequest, Routes } from "../http.ts";
import {
  sameTag,
  timestamp,
  type CloudState,
  type Firewall,
  type FirewallRule,
  type RuleSet,
} from "../model.ts";
import { integers, list, object, objects, requiredText, texts } from "./body.ts";
import type { Context } from "../context.ts";
import { conflict, notFound, notInLab, unprocessable } from "./errors.ts";
import { page } from "./pages.ts";
import { firewallView } from "./views.ts";

type Body = ApiRequest["body"];

/**
 * Firewalls. An answer is given only once the change is in force.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#tag/Firewalls
 */
export function firewallRoutes({ store }: Context): Routes {
  return {
    "POST /v2/firewalls": async ({ body }) => {
      const firewall = await store.change((draft) => {
        const made: Firewall = {
          id: randomUUID(),
          createdAt: timestamp(),
          enabled: true,
          details: null,
          ...checkedFirewall(draft, body, null),
        };
        draft.firewalls.push(made);
        return made;
      });
      return { status: 202, body: { firewall: firewallView(firewall) } };
    },
    "GET /v2/firewalls": (request) =>
      page(request, "firewalls", store.state.firewalls.map(firewallView)),
    "GET /v2/firewalls/:id": (request) => ({
      status: 200,
      body: { firewall: firewallView(firewallOf(store.state, request)) },
    }),
    "PUT /v2/firewalls/:id": async (request) => {
      const firewall = await store.change((draft) => {
        const changed = firewallOf(draft, request);
        return Object.assign(changed, checkedFirewall(draft, request.body, changed));
      });
      return { status: 200, body: { firewall: firewallView(firewall) } };
    },
    "DELETE /v2/firewalls/:id": async (request) => {
      await store.change((draft) => {
        draft.firewalls.splice(draft.firewalls.indexOf(firewallOf(draft, request)), 1);
      });
      return { status: 204 };
    },
  };
}

/** Everything of a firewall that a request says; what it leaves out is empty afterwards. */
function checkedFirewall(draft: CloudState, body: Body, self: Firewall | null) {
  const name = requiredText(body, "name");
  if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]+$/.test(name)) {
    throw unprocessable("firewall name must match ^[a-zA-Z0-9][a-zA-Z0-9\\.-]+$");
  }
  if (draft.firewalls.some((other) => other.name === name && other !== self)) {
    throw conflict("duplicate name");
  }
  const inbound = checkedRules(draft, objects(body, "inbound_rules"), "sources");
  const outbound = checkedRules(draft, objects(body, "outbound_rules"), "destinations");
  const machineIds = knownMachines(draft, integers(body, "droplet_ids"));
  const tags = knownTags(draft, texts(body, "tags"));
  if (inbound.length + outbound.length === 0) throw unprocessable("at least one rule is required");
  if (inbound.length + outbound.length > 50) throw unprocessable("too many rules, the limit is 50");
  if (machineIds.length > 10) throw unprocessable("too many droplets, the limit is 10");
  if (tags.length > 5) throw unprocessable("too many tags, the limit is 5");
  return { name, inbound: onlyThese(inbound), outbound: onlyThese(outbound), machineIds, tags };
}

const onlyThese = (rules: readonly FirewallRule[]): RuleSet => ({ rules, otherwise: "drop" });

function checkedRules(
  draft: CloudState,
  rules: readonly Body[],
  side: "sources" | "destinations",
): FirewallRule[] {
  return rules.map((rule): FirewallRule => {
    const protocol = requiredText(rule, "protocol");
    if (protocol !== "tcp" && protocol !== "udp" && protocol !== "icmp") {
      throw unprocessable(`invalid protocol: ${protocol}`);
    }
    const peers = object(rule, side);
    for (const absent of ["load_balancer_uids", "kubernetes_ids"]) {
      if (list(peers, absent).length > 0) throw notInLab(`${side}.${absent} of a firewall`);
    }
    return {
      verdict: "accept",
      protocol,
      ports: protocol === "icmp" ? null : checkedPorts(rule["ports"]),
      peers: {
        addresses: texts(peers, "addresses").map(checkedAddress),
        tags: knownTags(draft, texts(peers, "tags")),
        machineIds: knownMachines(draft, integers(peers, "droplet_ids")),
      },
    };
  });
}

/** "all", "0", one port or "first-last". */
function checkedPorts(ports: unknown): readonly [number, number] | null {
  if (ports === "all" || ports === "0") return null;
  const [first, last = first] = typeof ports === "string" ? ports.split("-").map(portNumber) : [];
  if (
    first === undefined ||
    last === undefined ||
    first > last ||
    String(ports).split("-").length > 2
  ) {
    throw unprocessable("invalid port range");
  }
  return [first, last];
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw unprocessable("invalid port range");
  return port;
}

function checkedAddress(address: string): string {
  const [ip = "", prefix, ...rest] = address.split("/");
  const bits = isIP(ip) === 4 ? 32 : 128;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  if (isIP(ip) === 0 || !isPrefix || rest.length > 0) throw unprocessable("invalid address");
  return address;
}

function knownTags(draft: CloudState, names: readonly string[]): string[] {
  return names.map((name) => {
    const tag = draft.tags.find((known) => sameTag(known.name, name));
    if (!tag) throw unprocessable(`tag ${name} does not exist`);
    return tag.name;
  });
}

function knownMachines(draft: CloudState, ids: readonly number[]): readonly number[] {
  for (const id of ids) {
    if (!draft.machines.some((machine) => machine.id === id)) {
      throw unprocessable(`droplet ${id} does not exist`);
    }
  }
  return ids;
}

function firewallOf(state: CloudState, { params }: ApiRequest): Firewall {
  const firewall = state.firewalls.find(({ id }) => id === params["id"]);
  if (!firewall) throw notFound();
  return firewall;
}
