import type { Body } from "../body.ts";
import type { Context } from "../context.ts";
import type { ApiRequest, Routes } from "../http.ts";
import { timestamp, type CloudState, type Firewall } from "../model.ts";
import { integer, integers, list, object, requiredText, text } from "./body.ts";
import {
  addDevice,
  devicesOf,
  firewallDetails,
  firewallOfMachine,
  nextNumber,
  setDevices,
  type Device,
} from "./details.ts";
import { notFound, notInLab, refused } from "./errors.ts";
import { checkedLabel, checkedTags, labelRules, requiredLabel } from "./labels.ts";
import { page } from "./pages.ts";
import { checkedRules, rulesView } from "./rules.ts";
import { time } from "./time.ts";

/**
 * Firewalls and the Linodes behind them. An answer is given only once the change is in force.
 * @see https://techdocs.akamai.com/linode-api/reference/post-firewalls
 */
export function firewallRoutes({ store }: Context): Routes {
  return {
    "POST /networking/firewalls": async ({ body }) => {
      const firewall = await store.change((draft) => createFirewall(draft, body));
      return { status: 200, body: firewallView(firewall) };
    },
    "GET /networking/firewalls": (request) =>
      page(request, store.state.firewalls.map(firewallView)),
    "GET /networking/firewalls/:id": (request) => ({
      status: 200,
      body: firewallView(firewallOf(store.state, request)),
    }),
    "PUT /networking/firewalls/:id": async (request) => {
      const firewall = await store.change((draft) => {
        const changed = firewallOf(draft, request);
        changeFirewall(draft, changed, request.body);
        return changed;
      });
      return { status: 200, body: firewallView(firewall) };
    },
    "DELETE /networking/firewalls/:id": async (request) => {
      await store.change((draft) => {
        draft.firewalls.splice(draft.firewalls.indexOf(firewallOf(draft, request)), 1);
      });
      return { status: 200, body: {} };
    },
    "GET /networking/firewalls/:id/rules": (request) => ({
      status: 200,
      body: rulesOf(firewallOf(store.state, request)),
    }),
    "PUT /networking/firewalls/:id/rules": async (request) => {
      const firewall = await store.change((draft) => {
        const changed = firewallOf(draft, request);
        setRules(changed, request.body);
        return changed;
      });
      return { status: 200, body: rulesOf(firewall) };
    },
    "GET /networking/firewalls/:id/devices": (request) => {
      const devices = devicesOf(firewallOf(store.state, request));
      return page(
        request,
        devices.map((device) => deviceView(store.state, device)),
      );
    },
    "POST /networking/firewalls/:id/devices": async (request) => {
      const device = await store.change((draft) => {
        const type = requiredText(request.body, "type");
        if (type !== "linode") throw notInLab(`a firewall for a ${type}`, "type");
        const id = integer(request.body, "id");
        return attach(draft, firewallOf(draft, request), id, "id");
      });
      return { status: 200, body: deviceView(store.state, device) };
    },
    "GET /networking/firewalls/:id/devices/:device": (request) => ({
      status: 200,
      body: deviceView(store.state, deviceOf(firewallOf(store.state, request), request)),
    }),
    "DELETE /networking/firewalls/:id/devices/:device": async (request) => {
      await store.change((draft) => {
        const firewall = firewallOf(draft, request);
        const gone = deviceOf(firewall, request);
        setDevices(
          firewall,
          devicesOf(firewall).filter((device) => device !== gone),
        );
      });
      return { status: 200, body: {} };
    },
  };
}

export function firewallView(firewall: Firewall) {
  return {
    id: Number(firewall.id),
    label: firewall.name,
    status: firewall.enabled ? "enabled" : "disabled",
    created: time(firewall.createdAt),
    updated: time(firewall.createdAt),
    tags: firewallDetails(firewall).tags,
    rules: rulesOf(firewall),
  };
}

function createFirewall(draft: CloudState, body: Body): Firewall {
  const rules = checkedRules(object(body, "rules"));
  const firewall: Firewall = {
    id: String(nextNumber(draft)),
    name: requiredLabel(body, ...firewallLabel(draft, null)),
    enabled: true,
    inbound: rules.inbound,
    outbound: rules.outbound,
    machineIds: [],
    tags: [],
    createdAt: timestamp(),
    details: { tags: checkedTags(draft, body), rules: rules.given, version: 1, devices: [] },
  };
  draft.firewalls.push(firewall);
  const devices = object(body, "devices");
  if (list(devices, "nodebalancers").length > 0) {
    throw notInLab("a firewall for a nodebalancer", "devices.nodebalancers");
  }
  for (const id of integers(devices, "linodes")) attach(draft, firewall, id, "devices.linodes");
  return firewall;
}

/** What is left out stays as it is. */
function changeFirewall(draft: CloudState, firewall: Firewall, body: Body): void {
  const details = firewallDetails(firewall);
  firewall.name = checkedLabel(body, ...firewallLabel(draft, firewall)) ?? firewall.name;
  const status = text(body, "status");
  if (status !== null && status !== "enabled" && status !== "disabled") {
    throw refused("Must be one of enabled, disabled", "status");
  }
  if (status !== null) firewall.enabled = status === "enabled";
  if (body["tags"] !== undefined && body["tags"] !== null) details.tags = checkedTags(draft, body);
}

function setRules(firewall: Firewall, body: Body): void {
  const details = firewallDetails(firewall);
  const { given, inbound, outbound } = checkedRules(body);
  Object.assign(firewall, { inbound, outbound });
  details.rules = given;
  details.version++;
}

/** A Linode is behind one firewall at most. */
function attach(draft: CloudState, firewall: Firewall, id: number | null, field: string): Device {
  const machine = draft.machines.find((known) => known.id === id);
  if (!machine) throw refused(`Linode ${String(id)} not found`, field);
  const other = firewallOfMachine(draft, machine.id);
  if (other) {
    throw refused(`Linode ${machine.id} is already assigned to firewall ${other.name}`, field);
  }
  return addDevice(draft, firewall, machine.id);
}

const firewallLabel = (draft: CloudState, self: Firewall | null) => {
  const others = draft.firewalls.filter((other) => other !== self).map(({ name }) => name);
  return [labelRules.firewall, others, "firewalls"] as const;
};

function rulesOf(firewall: Firewall) {
  const { rules, version } = firewallDetails(firewall);
  return rulesView(rules, version);
}

function deviceView({ machines }: CloudState, { id, machineId, createdAt }: Device) {
  return {
    id,
    created: time(createdAt),
    updated: time(createdAt),
    entity: {
      id: machineId,
      type: "linode",
      label: machines.find((machine) => machine.id === machineId)?.name ?? "",
      url: `/v4/linode/instances/${machineId}`,
      parent_entity: null,
    },
  };
}

function firewallOf(state: CloudState, { params }: ApiRequest): Firewall {
  const firewall = state.firewalls.find(({ id }) => id === params["id"]);
  if (!firewall) throw notFound();
  return firewall;
}

function deviceOf(firewall: Firewall, { params }: ApiRequest): Device {
  const device = devicesOf(firewall).find(({ id }) => String(id) === params["device"]);
  if (!device) throw notFound();
  return device;
}
