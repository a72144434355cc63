import type { Lab } from "../lib/paths.ts";
import { createMachine, destroyMachine, resizeMachine } from "./machine.ts";
import { applyNetworkPolicy } from "./network.ts";
import { isRunning, powerOff, powerOn, shutdown } from "./power.ts";

/** One machine as the cloud ordered it. */
export interface MachineSpec {
  /** Short and unique in the lab, e.g. "m1001": 1–8 lower-case letters and digits. */
  readonly id: string;
  readonly hostname: string;
  /** What the disk begins as. */
  readonly image: "debian-12";
  /** CPU time per second of wall time, as a hard limit. */
  readonly vcpus: number;
  /** Hard limit, page cache included; there is no swap. */
  readonly memoryMib: number;
  /** Address of eth0, 10.240.x.y. */
  readonly publicIp: string;
  /** Address of eth1; null: the machine has no eth1. */
  readonly privateIp: string | null;
  /** Range that eth1 reaches directly; null exactly when `privateIp` is. */
  readonly privateCidr: string | null;
  /** cloud-init user data of any form, "" if none; may hold secrets. */
  readonly userData: string;
  /** Public keys that may log in as root. */
  readonly authorizedKeys: readonly string[];
}

/** What a machine may use at most. */
export type MachineLimits = Pick<MachineSpec, "vcpus" | "memoryMib">;

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

/** Who may talk to whom in a lab; a machine that is not named may talk to nobody. */
export interface NetworkPolicy {
  readonly machines: readonly MachineNetwork[];
}

export interface MachineNetwork {
  readonly id: string;
  readonly publicIp: string;
  /** Other addresses, of `reservedRange`: what is sent there arrives at `publicIp`, with its sender's address. */
  readonly reservedIps: readonly string[];
  readonly privateIp: string | null;
  /** Private traffic passes only between machines of the same VPC. */
  readonly vpcId: string | null;
  /** false: everything is allowed; true: only what the rules allow, and answers to it. */
  readonly firewalled: boolean;
  readonly inbound: readonly FlowRule[];
  readonly outbound: readonly FlowRule[];
}

export interface FlowRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** First and last port; null: all. Ignored for icmp. */
  readonly ports: readonly [number, number] | null;
  /** Sources of an inbound rule, destinations of an outbound one; IPv6 ranges are ignored. */
  readonly cidrs: readonly string[];
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
