import { timestamp, type CloudState, type Firewall, type Machine } from "../model.ts";

// What the model has no place for, because only this API knows it.

/** Of a machine. */
export interface LinodeDetails {
  group: string;
  watchdog: boolean;
  alerts: Readonly<Record<string, number>>;
  /** Of the machine's disk space, what is swap. */
  readonly swapMib: number;
  readonly disks: readonly Disk[];
  config: Config;
}

export interface Disk {
  readonly id: number;
  readonly label: string;
  readonly filesystem: "ext4" | "swap";
}

/** How a Linode boots. */
export interface Config {
  readonly id: number;
  readonly label: string;
  readonly comments: string;
  readonly kernel: string;
  readonly memory_limit: number;
  readonly run_level: string;
  readonly virt_mode: string;
  readonly root_device: string;
  readonly helpers: Readonly<Record<string, boolean>>;
  readonly interfaces: readonly Interface[];
}

/** eth0 and eth1, in this order; a Linode that was ordered without any has the public one. */
export type Interface =
  | { readonly id: number; readonly purpose: "public"; readonly primary: boolean }
  | {
      readonly id: number;
      readonly purpose: "vpc";
      readonly primary: boolean;
      /** Its address has the public one as its other face. */
      readonly nat: boolean;
    };

/** Of a firewall. */
export interface FirewallDetails {
  /** Linode's tags of firewalls say nothing about whom it is for. */
  tags: readonly string[];
  /** As it was given: answers repeat it word for word. */
  rules: RuleSetText;
  version: number;
  devices: readonly Device[];
}

export interface RuleSetText {
  readonly inbound: readonly RuleText[];
  readonly inbound_policy: Policy;
  readonly outbound: readonly RuleText[];
  readonly outbound_policy: Policy;
}

export type Policy = "ACCEPT" | "DROP";

export interface RuleText {
  readonly action: Policy;
  readonly label: string;
  readonly description: string;
  readonly protocol: string;
  /** Left out: all. */
  readonly ports?: string;
  /** A family that was not given is not answered either. */
  readonly addresses: { readonly ipv4?: readonly string[]; readonly ipv6?: readonly string[] };
}

/** A Linode behind a firewall. */
export interface Device {
  readonly id: number;
  readonly machineId: number;
  readonly createdAt: string;
}

/** Only this API makes machines and firewalls of its own cloud, so that their details are its own too. */
export const linodeDetails = (machine: Machine): LinodeDetails => machine.details as LinodeDetails;

export const firewallDetails = (firewall: Firewall): FirewallDetails =>
  firewall.details as FirewallDetails;

/** A number that nothing else of this cloud has. */
export const nextNumber = (draft: CloudState): number => ++draft.counters.other;

/** The devices that are still there: a Linode that is gone took its own along. */
export function devicesOf(firewall: Firewall): readonly Device[] {
  return firewallDetails(firewall).devices.filter(({ machineId }) =>
    firewall.machineIds.includes(machineId),
  );
}

/** Puts a Linode behind a firewall. */
export function addDevice(draft: CloudState, firewall: Firewall, machineId: number): Device {
  const device: Device = { id: nextNumber(draft), machineId, createdAt: timestamp() };
  setDevices(firewall, [...devicesOf(firewall), device]);
  return device;
}

/** Replaces all devices. */
export function setDevices(firewall: Firewall, devices: readonly Device[]): void {
  firewallDetails(firewall).devices = devices;
  firewall.machineIds = devices.map(({ machineId }) => machineId);
}

/** The firewall that a Linode is behind; it can be one only. */
export const firewallOfMachine = (state: CloudState, machineId: number): Firewall | undefined =>
  state.firewalls.find(({ machineIds }) => machineIds.includes(machineId));
