import type { Routes } from "../http.ts";
import {
  timestamp,
  type Action,
  type ActionType,
  type CloudState,
  type Machine,
} from "../model.ts";
import { addAction, isBusy, isLeaving } from "../operator.ts";
import { requiredText } from "./body.ts";
import type { Context } from "./context.ts";
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
