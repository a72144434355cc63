import type { Context } from "../context.ts";
import type { Routes } from "../http.ts";
import type { Action, ActionType, CloudState } from "../model.ts";
import { linodeDetails } from "./details.ts";
import { notFound } from "./errors.ts";
import { userName } from "./lookups.ts";
import { page } from "./pages.ts";
import { time } from "./time.ts";

/** What an action is called here; to make a Linode is to create and to boot it. */
const names: Readonly<Record<ActionType, readonly string[]>> = {
  create: ["linode_create", "linode_boot"],
  destroy: ["linode_delete"],
  power_on: ["linode_boot"],
  reboot: ["linode_reboot"],
  power_cycle: ["linode_reboot"],
  shutdown: ["linode_shutdown"],
  power_off: ["linode_shutdown"],
  resize: ["linode_resize"],
  rename: ["linode_update"],
};

const statuses = { "in-progress": "started", completed: "finished", errored: "failed" } as const;

/**
 * Events, newest first. They outlive their Linode: clients wait for the one that says it is gone.
 * @see https://techdocs.akamai.com/linode-api/reference/get-events
 */
export function eventRoutes({ store }: Context): Routes {
  const all = () =>
    store.state.actions.flatMap((action) => eventViews(store.state, action)).reverse();
  return {
    "GET /account/events": (request) => page(request, all()),
    "GET /account/events/:id": ({ params }) => {
      const event = all().find(({ id }) => String(id) === params["id"]);
      if (!event) throw notFound();
      return { status: 200, body: event };
    },
  };
}

function eventViews(state: CloudState, action: Action) {
  const machine = state.machines.find(({ id }) => id === action.machineId);
  const url = `/v4/linode/instances/${action.machineId}`;
  const config = machine ? linodeDetails(machine).config : null;
  return names[action.type].map((name, index) => ({
    id: action.id * 2 + index, // an action has two events at most
    created: time(action.startedAt),
    action: name,
    status: statuses[action.status],
    percent_complete: action.status === "in-progress" ? 50 : 100,
    username: userName,
    seen: false,
    read: false,
    rate: null,
    time_remaining: null,
    duration: secondsBetween(action),
    message: "",
    entity: { id: action.machineId, type: "linode", label: action.machineName, url },
    secondary_entity:
      config && (name === "linode_boot" || name === "linode_reboot")
        ? {
            id: config.id,
            type: "linode_config",
            label: config.label,
            url: `${url}/configs/${config.id}`,
          }
        : null,
  }));
}

function secondsBetween({ startedAt, completedAt }: Action): number | null {
  return completedAt === null ? null : (Date.parse(completedAt) - Date.parse(startedAt)) / 1000;
}
