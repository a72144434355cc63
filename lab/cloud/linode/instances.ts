import type { Body } from "../body.ts";
import type { Context } from "../context.ts";
import type { ApiRequest, ApiResponse, Routes } from "../http.ts";
import type { CloudState, Machine } from "../model.ts";
import { addAction, isBusy, isLeaving } from "../operator.ts";
import { flag, object, text } from "./body.ts";
import { firewallOfMachine, linodeDetails } from "./details.ts";
import { busyReason, notFound, notInLab, refused } from "./errors.ts";
import { firewallView } from "./firewalls.ts";
import { addressesView, instanceView } from "./instance-views.ts";
import { checkedLabel, checkedTags, labelRules } from "./labels.ts";
import { orderMachine } from "./order.ts";
import { page } from "./pages.ts";

/**
 * Linodes: ordered at once, made in the background.
 * @see https://techdocs.akamai.com/linode-api/reference/post-linode-instance
 */
export function instanceRoutes(context: Context): Routes {
  const { store, operator } = context;
  const view = (machine: Machine) => instanceView(context, machine);
  return {
    "POST /linode/instances": async ({ body }) => {
      const machine = await store.change((draft) => {
        const made = orderMachine(draft, body);
        addAction(draft, made, "create");
        return made;
      });
      const answer = { status: 200, body: view(machine) };
      operator.work();
      return answer;
    },
    "GET /linode/instances": async (request) => {
      await operator.observe(store.state.machines);
      return page(request, store.state.machines.map(view));
    },
    "GET /linode/instances/:id": async (request) => {
      await operator.observe([machineOf(store.state, request)]);
      return { status: 200, body: view(machineOf(store.state, request)) };
    },
    "PUT /linode/instances/:id": async (request) => {
      const machine = await store.change((draft) => {
        const changed = machineOf(draft, request);
        changeMachine(draft, changed, request.body);
        return changed;
      });
      return { status: 200, body: view(machine) };
    },
    "DELETE /linode/instances/:id": async (request): Promise<ApiResponse> => {
      await store.change((draft) => {
        const machine = machineOf(draft, request);
        if (isBusy(draft, machine.id)) throw refused(busyReason);
        if (!isLeaving(draft, machine.id)) addAction(draft, machine, "destroy");
      });
      operator.work();
      return { status: 200, body: {} };
    },
    "GET /linode/instances/:id/ips": (request) => ({
      status: 200,
      body: addressesView(store.state, machineOf(store.state, request)),
    }),
    "POST /linode/instances/:id/ips": (request) => {
      machineOf(store.state, request);
      throw notInLab("another address of a Linode");
    },
    "GET /linode/instances/:id/firewalls": (request) => {
      const firewall = firewallOfMachine(store.state, machineOf(store.state, request).id);
      return page(request, firewall ? [firewallView(firewall)] : []);
    },
    "GET /linode/instances/:id/volumes": (request) => {
      machineOf(store.state, request);
      return page(request, []);
    },
  };
}

/** The Linode that the path names. @throws ApiError 404 */
export function machineOf(state: CloudState, { params }: ApiRequest): Machine {
  const machine = state.machines.find(({ id }) => String(id) === params["id"]);
  if (!machine) throw notFound();
  return machine;
}

/** What is left out stays as it is; the host name inside stays in any case. */
function changeMachine(draft: CloudState, machine: Machine, body: Body): void {
  const details = linodeDetails(machine);
  const others = draft.machines.filter((other) => other !== machine).map(({ name }) => name);
  machine.name = checkedLabel(body, labelRules.linode, others, "linodes") ?? machine.name;
  if (body["tags"] !== undefined && body["tags"] !== null) machine.tags = checkedTags(draft, body);
  details.group = text(body, "group") ?? details.group;
  if (body["watchdog_enabled"] !== undefined) details.watchdog = flag(body, "watchdog_enabled");
  details.alerts = { ...details.alerts, ...checkedAlerts(object(body, "alerts")) };
  if (flag(object(body, "backups"), "enabled")) throw notInLab("backups", "backups");
}

function checkedAlerts(alerts: Body): Record<string, number> {
  const values = Object.entries(alerts).map(([name, value]): [string, number] => {
    if (typeof value === "number") return [name, value];
    throw refused("Must be a number", `alerts.${name}`);
  });
  return Object.fromEntries(values);
}
