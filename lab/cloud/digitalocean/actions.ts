import type { ApiRequest, Routes } from "../http.ts";
import {
  timestamp,
  type Action,
  type ActionType,
  type CloudState,
  type Machine,
  type MachineSize,
} from "../model.ts";
import { addAction, isBusy, isLeaving } from "../operator.ts";
import { flag, requiredText } from "./body.ts";
import { sizeNamed } from "./catalog.ts";
import type { Context } from "../context.ts";
import { checkedName, machineOf, pendingEvent } from "./droplets.ts";
import { notFound, notInLab, unprocessable } from "./errors.ts";
import { page } from "./pages.ts";
import { actionView } from "./views.ts";

const powerActions = ["power_on", "power_off", "power_cycle", "reboot", "shutdown"] as const;

/**
 * What is done to a droplet that exists.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#tag/Droplet-Actions
 */
export function actionRoutes({ store, operator }: Context): Routes {
  return {
    "POST /v2/droplets/:id/actions": async (request) => {
      const action = await store.change((draft) => {
        const machine = machineOf(draft, request);
        if (isBusy(draft, machine.id) || isLeaving(draft, machine.id)) throw pendingEvent();
        const type = requiredText(request.body, "type");
        if (type === "rename") {
          return rename(draft, machine, checkedName(requiredText(request.body, "name")));
        }
        if (type === "resize") {
          return addAction(draft, machine, type, checkedResize(machine, request.body));
        }
        return addAction(draft, machine, powerAction(machine, type));
      });
      operator.work();
      return { status: 201, body: { action: actionView(action) } };
    },
    "GET /v2/droplets/:id/actions/:action": ({ params }) => ({
      status: 200,
      body: { action: actionView(actionNumbered(store.state, params["action"])) },
    }),
    "GET /v2/actions/:action": ({ params }) => ({
      status: 200,
      body: { action: actionView(actionNumbered(store.state, params["action"])) },
    }),
    "GET /v2/actions": (request) =>
      page(request, "actions", store.state.actions.map(actionView).reverse()),
  };
}

function powerAction(machine: Machine, type: string): ActionType {
  const known = powerActions.find((action) => action === type);
  if (!known) throw notInLab(`action ${type}`);
  if (known === "power_off" && machine.power === "off") {
    throw unprocessable("Droplet is already powered off.");
  }
  if (known === "power_on" && machine.power === "on") {
    throw unprocessable("Droplet is already powered on.");
  }
  return known;
}

/** Only CPUs and memory, unless `disk` is asked for; a disk never shrinks. */
function checkedResize(machine: Machine, body: ApiRequest["body"]): MachineSize {
  const size = sizeNamed(requiredText(body, "size"));
  if (!size) throw unprocessable("You specified an invalid size.");
  if (machine.power === "on") {
    throw unprocessable("Droplet must be powered off to be resized.");
  }
  if (size.slug === machine.size) throw unprocessable("Droplet is already of this size.");
  if (size.disk * 1024 < machine.diskMib) {
    throw unprocessable("This size has less disk than the Droplet, and a disk cannot shrink.");
  }
  return {
    size: size.slug,
    vcpus: size.vcpus,
    memoryMib: size.memory,
    diskMib: flag(body, "disk") ? size.disk * 1024 : machine.diskMib,
  };
}

/** Changes the name in the cloud's books; the host name inside stays, as on the real cloud. */
function rename(draft: CloudState, machine: Machine, name: string): Action {
  machine.name = name;
  const action = addAction(draft, machine, "rename");
  action.status = "completed";
  action.completedAt = timestamp();
  return action;
}

function actionNumbered(state: CloudState, id: string | undefined): Action {
  const action = state.actions.find((candidate) => String(candidate.id) === id);
  if (!action) throw notFound();
  return action;
}
