import { reservedRange } from "../../machines/network.ts";
import { knownRange, lowestFree, parseAddress } from "../addresses.ts";
import type { Context } from "../context.ts";
import type { ApiRequest, Routes } from "../http.ts";
import {
  timestamp,
  type CloudState,
  type Machine,
  type ReservedIp,
  type ReservedIpAction,
} from "../model.ts";
import { isBusy, isLeaving } from "../operator.ts";
import { requiredText, text } from "./body.ts";
import { regionNamed } from "./catalog.ts";
import { pendingEvent } from "./droplets.ts";
import { notFound, notInLab, unprocessable } from "./errors.ts";
import { page } from "./pages.ts";
import { dropletView } from "./views.ts";

type Body = ApiRequest["body"];

/**
 * Public addresses that one keeps and that lead to a droplet of their region.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#tag/Reserved-IPs
 */
export function reservedIpRoutes({ store }: Context): Routes {
  const view = (reserved: ReservedIp) => reservedIpView(store.state, reserved);
  return {
    "POST /v2/reserved_ips": async ({ body }) => {
      const reserved = await store.change((draft) => reserve(draft, body));
      return { status: 202, body: { reserved_ip: view(reserved), links: {} } };
    },
    "GET /v2/reserved_ips": (request) =>
      page(request, "reserved_ips", store.state.reservedIps.map(view)),
    "GET /v2/reserved_ips/:ip": (request) => ({
      status: 200,
      body: { reserved_ip: view(reservedOf(store.state, request)) },
    }),
    "DELETE /v2/reserved_ips/:ip": async (request) => {
      await store.change((draft) => {
        draft.reservedIps.splice(draft.reservedIps.indexOf(reservedOf(draft, request)), 1);
      });
      return { status: 204 };
    },
    "POST /v2/reserved_ips/:ip/actions": async (request) => {
      const [reserved, action] = await store.change((draft) => {
        const changed = reservedOf(draft, request);
        return [changed, act(draft, changed, request.body)] as const;
      });
      const ordered = reservedIpActionView(reserved, action);
      // It is done, but no client may count on that: the real cloud takes some seconds.
      const answered = { ...ordered, status: "in-progress", completed_at: null };
      return { status: 201, body: { action: answered } };
    },
    "GET /v2/reserved_ips/:ip/actions": (request) => {
      const reserved = reservedOf(store.state, request);
      const views = reserved.actions.map((action) => reservedIpActionView(reserved, action));
      return page(request, "actions", views.reverse());
    },
    "GET /v2/reserved_ips/:ip/actions/:action": (request) => {
      const reserved = reservedOf(store.state, request);
      const action = reserved.actions.find(({ id }) => String(id) === request.params["action"]);
      if (!action) throw notFound();
      return { status: 200, body: { action: reservedIpActionView(reserved, action) } };
    },
  };
}

/** For a region, or for a droplet, to which the address then leads. */
function reserve(draft: CloudState, body: Body): ReservedIp {
  const droplet = body["droplet_id"] === undefined ? null : targetOf(draft, body);
  const region = regionNamed(droplet?.region ?? requiredText(body, "region"));
  if (region?.available !== true) throw unprocessable("Region is not available");
  const taken = draft.reservedIps.map(({ ip }) => ip);
  const ip = lowestFree(knownRange(reservedRange), 1, taken);
  if (ip === null) throw notInLab("another reserved IP");
  const reserved: ReservedIp = { ip, region: region.slug, machineId: null, actions: [] };
  draft.reservedIps.push(reserved);
  if (droplet) assign(draft, reserved, droplet);
  return reserved;
}

function act(draft: CloudState, reserved: ReservedIp, body: Body): ReservedIpAction {
  const type = text(body, "type");
  if (type === "assign") return assign(draft, reserved, targetOf(draft, body));
  if (type !== "unassign") throw unprocessable("type must be assign or unassign");
  if (!draft.machines.some(({ id }) => id === reserved.machineId)) {
    throw unprocessable("The reserved IP is not assigned to a Droplet.");
  }
  reserved.machineId = null;
  return note(draft, reserved, "unassign_ip");
}

/** An address that leads to another droplet leaves it for this one. */
function assign(draft: CloudState, reserved: ReservedIp, machine: Machine): ReservedIpAction {
  if (machine.region !== reserved.region) {
    throw unprocessable("The reserved IP and the Droplet must be in the same region.");
  }
  if (draft.reservedIps.some((other) => other !== reserved && other.machineId === machine.id)) {
    throw unprocessable("The Droplet already has a reserved IP.");
  }
  reserved.machineId = machine.id;
  return note(draft, reserved, "assign_ip");
}

function note(
  draft: CloudState,
  reserved: ReservedIp,
  type: ReservedIpAction["type"],
): ReservedIpAction {
  const action = { id: ++draft.counters.action, type, at: timestamp() };
  reserved.actions.push(action);
  return action;
}

/** The droplet that an order names; one with something under way is refused, as by the real cloud. */
function targetOf(draft: CloudState, body: Body): Machine {
  const machine = draft.machines.find(({ id }) => id === body["droplet_id"]);
  if (!machine) throw unprocessable("The Droplet does not exist.");
  if (isBusy(draft, machine.id) || isLeaving(draft, machine.id)) throw pendingEvent();
  return machine;
}

function reservedOf(state: CloudState, { params }: ApiRequest): ReservedIp {
  const reserved = state.reservedIps.find(({ ip }) => ip === params["ip"]);
  if (!reserved) throw notFound();
  return reserved;
}

export function reservedIpView(state: CloudState, { ip, region, machineId }: ReservedIp) {
  const machine = state.machines.find(({ id }) => id === machineId);
  return {
    ip,
    region: regionNamed(region) ?? {},
    droplet: machine ? dropletView(state, machine) : null,
    locked: false,
    project_id: "",
  };
}

function reservedIpActionView({ ip, region }: ReservedIp, { id, type, at }: ReservedIpAction) {
  return {
    id,
    status: "completed",
    type,
    started_at: at,
    completed_at: at,
    resource_id: parseAddress(ip),
    resource_type: "reserved_ip",
    region: regionNamed(region) ?? {},
    region_slug: region,
  };
}
