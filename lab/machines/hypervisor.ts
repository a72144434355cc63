import type { Lab } from "../lib/paths.ts";
import { createMachine, destroyMachine, resizeMachine } from "./machine.ts";
import { applyNetworkPolicy } from "./network.ts";
import { isRunning, powerOff, powerOn, shutdown } from "./power.ts";
import type { MachineLimits, MachineSpec, NetworkPolicy } from "./spec.ts";

/** What runs the machines of one lab. Operations on one machine wait for each other. */
export interface Hypervisor {
  /**
   * Makes disk and namespace and boots; resolves when the machine's init was started (ssh answers about 2 s later).
   * The machine is unreachable until a policy that names it is applied.
   * @throws Error when a machine of this id exists
   */
  create(spec: MachineSpec): Promise<void>;
  /** Boots a machine that is off; nothing happens to one that runs. */
  powerOn(id: string): Promise<void>;
  /** Pulls the plug. */
  powerOff(id: string): Promise<void>;
  /** Pulls the plug and boots again. */
  reboot(id: string): Promise<void>;
  /** Asks init to power off; pulls the plug after 20 s. */
  shutdown(id: string): Promise<void>;
  /**
   * Gives a machine other limits, in force from its next boot.
   * @throws Error when it runs
   */
  resize(id: string, limits: MachineLimits): Promise<void>;
  /** Removes processes, groups, interfaces and disk; also of a machine half made or already gone. */
  destroy(id: string): Promise<void>;
  isRunning(id: string): Promise<boolean>;
  /** Replaces the whole lab's rules by one transaction; established connections go on. */
  applyFirewall(policy: NetworkPolicy): Promise<void>;
}

/** The hypervisor of a lab, whose network must be set up (`setupLabNetwork`). It keeps no state but on disk. */
export function hypervisorOf(lab: Lab): Hypervisor {
  const queues = new Map<string, Promise<void>>();
  const inTurn = (id: string, work: () => Promise<void>): Promise<void> => {
    const turn = (queues.get(id) ?? Promise.resolve()).then(work);
    queues.set(
      id,
      turn.catch(() => undefined), // its own caller hears of the failure
    );
    return turn;
  };
  return {
    create: (spec) => inTurn(spec.id, () => createMachine(lab, spec)),
    powerOn: (id) => inTurn(id, () => powerOn(lab, id)),
    powerOff: (id) => inTurn(id, () => powerOff(lab, id)),
    reboot: (id) =>
      inTurn(id, async () => {
        await powerOff(lab, id);
        await powerOn(lab, id);
      }),
    shutdown: (id) => inTurn(id, () => shutdown(lab, id)),
    resize: (id, limits) => inTurn(id, () => resizeMachine(lab, id, limits)),
    destroy: (id) => inTurn(id, () => destroyMachine(lab, id)),
    isRunning: (id) => Promise.resolve(isRunning(lab, id)),
    applyFirewall: (policy) => applyNetworkPolicy(lab, policy),
  };
}
