import type { Hypervisor } from "../machines/hypervisor.ts";
import type { MachineSpec } from "../machines/spec.ts";
import {
  keptActions,
  timestamp,
  type Action,
  type ActionType,
  type CloudState,
  type Machine,
  type MachineSize,
} from "./model.ts";
import { hypervisorId } from "./policy.ts";
import type { CloudStore } from "./store.ts";

/**
 * Does what the state's actions in progress ask for, on the hypervisor.
 *
 * Actions are the to-do list on disk: a new daemon goes on with those its predecessor left. Each one can be
 * done twice. Actions on one machine are done in order, those on different machines at once.
 */
export class Operator {
  readonly #store: CloudStore;
  readonly #hypervisor: Hypervisor;
  readonly #log: (line: string) => void;
  readonly #beforeBoot: () => Promise<void>;
  readonly #turns = new Map<number, Promise<void>>();
  readonly #seen = new Set<number>();
  /** Orders found on disk: a predecessor may have done half of them. */
  readonly #inherited = new Set<number>();
  /** Machines that the hypervisor is making or booting right now. */
  readonly #booting = new Set<number>();

  /** @param beforeBoot - waited for before each machine is made or switched on */
  constructor(
    store: CloudStore,
    hypervisor: Hypervisor,
    log: (line: string) => void,
    beforeBoot: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#store = store;
    this.#hypervisor = hypervisor;
    this.#log = log;
    this.#beforeBoot = beforeBoot;
  }

  /** True while the machine's first boot or another one is under way, and no longer only ordered. */
  isBooting(machineId: number): boolean {
    return this.#booting.has(machineId);
  }

  /** Starts what is in progress and not under way yet. Call it after every change that may have added actions. */
  work(): void {
    for (const action of this.#store.state.actions) {
      if (action.status !== "in-progress" || this.#seen.has(action.id)) continue;
      this.#seen.add(action.id);
      const before = this.#turns.get(action.machineId) ?? Promise.resolve();
      this.#turns.set(
        action.machineId,
        before.then(() => this.#perform(action)),
      );
    }
  }

  /** After a start of the daemon: boots what should run and does not, e.g. after the host was rebooted. */
  async resume(): Promise<void> {
    await this.#store.change(() => undefined); // puts the firewalls in force again
    for (const { id, status } of this.#store.state.actions) {
      if (status === "in-progress") this.#inherited.add(id);
    }
    this.work();
    for (const machine of this.#store.state.machines) {
      if (machine.phase !== "ready" || machine.power !== "on") continue;
      if (isBusy(this.#store.state, machine.id)) continue;
      if (await this.#hypervisor.isRunning(hypervisorId(machine))) continue;
      await this.#store.change((draft) => addAction(draft, machine, "power_on"));
    }
    this.work();
  }

  /** Notes machines that were switched off from inside. */
  async observe(machines: readonly Machine[]): Promise<void> {
    const gone: number[] = [];
    for (const machine of machines) {
      if (machine.phase !== "ready" || machine.power !== "on") continue;
      if (isBusy(this.#store.state, machine.id)) continue;
      if (!(await this.#hypervisor.isRunning(hypervisorId(machine)))) gone.push(machine.id);
    }
    if (gone.length === 0) return;
    await this.#store.change((draft) => {
      for (const machine of draft.machines) {
        if (gone.includes(machine.id) && !isBusy(draft, machine.id)) machine.power = "off";
      }
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#turns.values());
  }

  async #perform(action: Action): Promise<void> {
    const machine = this.#store.state.machines.find(({ id }) => id === action.machineId);
    const succeeded = machine === undefined || (await this.#succeeds(action, machine));
    await this.#store
      .change((draft) => {
        finish(draft, action, succeeded);
      })
      .catch((error: unknown) => {
        this.#log(`action ${action.id} ${action.type} on ${action.machineId}: ${String(error)}`);
      });
  }

  async #succeeds(action: Action, machine: Machine): Promise<boolean> {
    try {
      await this.#run(action, machine);
      return true;
    } catch (error) {
      this.#log(`action ${action.id} ${action.type} on ${machine.id} failed: ${String(error)}`);
      return false;
    }
  }

  async #run(action: Action, machine: Machine): Promise<void> {
    const id = hypervisorId(machine);
    switch (action.type) {
      case "create":
        if (this.#inherited.has(action.id)) await this.#hypervisor.destroy(id);
        return this.#boot(machine, () =>
          this.#hypervisor.create(machineSpec(this.#store.state, machine)),
        );
      case "destroy":
        return this.#hypervisor.destroy(id);
      case "power_on":
        return this.#boot(machine, () => this.#hypervisor.powerOn(id));
      case "power_off":
        return this.#hypervisor.powerOff(id);
      case "power_cycle":
      case "reboot":
        return this.#hypervisor.reboot(id);
      case "shutdown":
        return this.#hypervisor.shutdown(id);
      case "resize":
        return this.#resize(machine, action.target);
      case "rename":
        return; // done in the state already
    }
  }

  async #boot(machine: Machine, boot: () => Promise<void>): Promise<void> {
    await this.#beforeBoot();
    this.#booting.add(machine.id);
    await boot().finally(() => this.#booting.delete(machine.id));
  }

  /** A machine that is on is shut down for it. */
  async #resize(machine: Machine, target: MachineSize | null): Promise<void> {
    if (target === null) return;
    const id = hypervisorId(machine);
    if (machine.power === "on") await this.#hypervisor.shutdown(id);
    await this.#hypervisor.resize(id, target);
    if (machine.power === "on") await this.#boot(machine, () => this.#hypervisor.powerOn(id));
  }
}

/** True while something is being done to the machine, other than taking it away. */
export function isBusy(state: CloudState, machineId: number): boolean {
  return state.actions.some(
    ({ machineId: id, status, type }) =>
      id === machineId && status === "in-progress" && type !== "destroy",
  );
}

/** True from the order to destroy a machine until it is gone. */
export function isLeaving(state: CloudState, machineId: number): boolean {
  return state.actions.some(
    ({ machineId: id, status, type }) =>
      id === machineId && status === "in-progress" && type === "destroy",
  );
}

/** Puts an action on the to-do list; the caller then calls `Operator.work`. */
export function addAction(
  draft: CloudState,
  machine: Pick<Machine, "id" | "name" | "region">,
  type: ActionType,
  target: MachineSize | null = null,
): Action {
  const action: Action = {
    id: ++draft.counters.action,
    machineId: machine.id,
    machineName: machine.name,
    region: machine.region,
    type,
    startedAt: timestamp(),
    status: "in-progress",
    completedAt: null,
    target,
  };
  draft.actions.push(action);
  const done = draft.actions.filter(({ status }) => status !== "in-progress");
  for (const old of done.slice(0, Math.max(0, draft.actions.length - keptActions))) {
    draft.actions.splice(draft.actions.indexOf(old), 1);
  }
  return action;
}

function finish(draft: CloudState, done: Action, succeeded: boolean): void {
  const { id, machineId, type, target } = done;
  const action = draft.actions.find((candidate) => candidate.id === id);
  if (action) {
    action.status = succeeded ? "completed" : "errored";
    action.completedAt = timestamp();
  }
  const machine = draft.machines.find((candidate) => candidate.id === machineId);
  if (!machine) return;
  if (type === "create") machine.phase = succeeded ? "ready" : "failed";
  if (!succeeded) return;
  if (type === "destroy") forget(draft, machine);
  else if (type === "resize") Object.assign(machine, target);
  else if (type === "power_off" || type === "shutdown") machine.power = "off";
  else if (type !== "rename") machine.power = "on";
}

function forget(draft: CloudState, machine: Machine): void {
  draft.machines.splice(draft.machines.indexOf(machine), 1);
  for (const firewall of draft.firewalls) {
    firewall.machineIds = firewall.machineIds.filter((id) => id !== machine.id);
  }
}

function machineSpec(state: CloudState, machine: Machine): MachineSpec {
  const network = state.networks.find(({ id }) => id === machine.networkId);
  const subnet = network?.subnets.find(({ id }) => id === machine.subnetId);
  return {
    id: hypervisorId(machine),
    hostname: machine.name,
    image: "debian-12",
    vcpus: machine.vcpus,
    memoryMib: machine.memoryMib,
    publicIp: machine.publicIp,
    privateIp: machine.privateIp,
    privateCidr: subnet?.ipRange ?? null,
    userData: machine.userData,
    authorizedKeys: machine.authorizedKeys,
  };
}
