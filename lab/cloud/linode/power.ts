import type { Context } from "../context.ts";
import type { ApiRequest, ApiResponse, Routes } from "../http.ts";
import type { ActionType, Machine, MachineSize } from "../model.ts";
import { addAction, isBusy, isLeaving } from "../operator.ts";
import { integer, requiredText, text } from "./body.ts";
import { planNamed } from "./catalog.ts";
import { linodeDetails } from "./details.ts";
import { busyReason, refused } from "./errors.ts";
import { machineOf } from "./instances.ts";

/**
 * What is done to a Linode that exists.
 * @see https://techdocs.akamai.com/linode-api/reference/post-boot-linode-instance
 */
export function powerRoutes({ store, operator }: Context): Routes {
  const order = async (
    request: ApiRequest,
    type: ActionType,
    target: (machine: Machine) => MachineSize | null = () => null,
  ): Promise<ApiResponse> => {
    await store.change((draft) => {
      const machine = machineOf(draft, request);
      if (isBusy(draft, machine.id) || isLeaving(draft, machine.id)) throw refused(busyReason);
      checkConfig(machine, request);
      addAction(draft, machine, type, target(machine));
    });
    operator.work();
    return { status: 200, body: {} };
  };
  return {
    "POST /linode/instances/:id/boot": (request) => order(request, "power_on"),
    "POST /linode/instances/:id/reboot": (request) => order(request, "reboot"),
    "POST /linode/instances/:id/shutdown": (request) => order(request, "shutdown"),
    "POST /linode/instances/:id/resize": (request) =>
      order(request, "resize", (machine) => checkedResize(machine, request)),
  };
}

function checkConfig(machine: Machine, { body }: ApiRequest): void {
  const id = integer(body, "config_id");
  if (id === null || id === 0 || id === linodeDetails(machine).config.id) return;
  throw refused("Config not found", "config_id");
}

/** The disk follows the plan unless that is declined. */
function checkedResize(machine: Machine, { body }: ApiRequest): MachineSize {
  const plan = planNamed(requiredText(body, "type"));
  if (!plan) throw refused("A valid plan type by that ID was not found", "type");
  if (plan.id === machine.size) throw refused("Linode is already of this type", "type");
  const migration = text(body, "migration_type") ?? "cold";
  if (migration !== "cold" && migration !== "warm") {
    throw refused("Must be one of cold, warm", "migration_type");
  }
  const followsPlan = body["allow_auto_disk_resize"] !== false;
  if (!followsPlan && plan.disk < machine.diskMib) {
    throw refused("The current disk size of your Linode is too large for the new plan", "type");
  }
  return {
    size: plan.id,
    vcpus: plan.vcpus,
    memoryMib: plan.memory,
    diskMib: followsPlan ? plan.disk : machine.diskMib,
  };
}
