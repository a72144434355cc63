import { firstOf, formatAddress, knownRange, netmaskOf } from "../addresses.ts";
import type { Context } from "../context.ts";
import type { ActionType, CloudState, Machine } from "../model.ts";
import { planNamed } from "./catalog.ts";
import { linodeDetails, type Interface } from "./details.ts";
import { time } from "./time.ts";

// Linodes in the API's words, member for member as the real API answers them.

export function instanceView({ store, operator }: Context, machine: Machine) {
  const { group, watchdog, alerts } = linodeDetails(machine);
  const plan = planNamed(machine.size);
  return {
    id: machine.id,
    label: machine.name,
    group,
    status: statusOf(store.state, machine, operator.isBooting(machine.id)),
    created: time(machine.createdAt),
    updated: time(machine.createdAt),
    type: machine.size,
    ipv4: [machine.publicIp],
    ipv6: `${slaacAddress(machine)}/128`,
    image: machine.image,
    region: machine.region,
    specs: {
      disk: plan?.disk ?? machine.diskMib,
      memory: machine.memoryMib,
      vcpus: machine.vcpus,
      gpus: 0,
      transfer: plan?.transfer ?? 0,
      accelerated_devices: 0,
    },
    alerts,
    backups: {
      enabled: false,
      available: false,
      schedule: { day: null, window: null },
      last_successful: null,
    },
    hypervisor: "kvm",
    watchdog_enabled: watchdog,
    tags: machine.tags,
    host_uuid: `10f600d1${String(machine.id).padStart(32, "0")}`,
    has_user_data: machine.userData !== "",
    placement_group: null,
    disk_encryption: "enabled",
    lke_cluster_id: null,
    capabilities: [],
    interface_generation: "legacy_config",
    maintenance_policy: "linode/migrate",
    locks: [],
  };
}

const underWay: Readonly<Partial<Record<ActionType, string>>> = {
  destroy: "deleting",
  power_on: "booting",
  power_off: "shutting_down",
  shutdown: "shutting_down",
  reboot: "rebooting",
  power_cycle: "rebooting",
  resize: "resizing",
};

function statusOf(state: CloudState, machine: Machine, isBooting: boolean): string {
  const actions = state.actions.filter(
    ({ machineId, status }) => machineId === machine.id && status === "in-progress",
  );
  const last = actions.at(-1);
  if (last?.type === "create") return isBooting ? "booting" : "provisioning";
  if (last) return underWay[last.type] ?? "running";
  return machine.phase === "ready" && machine.power === "on" ? "running" : "offline";
}

export function disksView(machine: Machine) {
  const { disks, swapMib } = linodeDetails(machine);
  return disks.map((disk) => ({
    id: disk.id,
    status: machine.phase === "new" ? "not ready" : "ready",
    label: disk.label,
    filesystem: disk.filesystem,
    size: disk.filesystem === "swap" ? swapMib : machine.diskMib - swapMib,
    created: time(machine.createdAt),
    updated: time(machine.createdAt),
    disk_encryption: "enabled",
  }));
}

export function configView(machine: Machine) {
  const { config, disks } = linodeDetails(machine);
  const devices = ["sda", "sdb", "sdc", "sdd", "sde", "sdf", "sdg", "sdh"].map((name, index) => {
    const disk = disks[index];
    return [name, disk ? { disk_id: disk.id, volume_id: null } : null];
  });
  return {
    ...config,
    initrd: null,
    created: time(machine.createdAt),
    updated: time(machine.createdAt),
    devices: Object.fromEntries(devices) as Record<string, object | null>,
    interfaces: config.interfaces.map((one) => interfaceView(machine, one)),
  };
}

export function interfaceView(machine: Machine, one: Interface) {
  const isPrivate = one.purpose === "vpc";
  const nat = isPrivate && one.nat ? machine.publicIp : null;
  return {
    id: one.id,
    purpose: one.purpose,
    primary: one.primary,
    active: machine.phase === "ready",
    ipam_address: null,
    label: null,
    vpc_id: isPrivate ? Number(machine.networkId) : null,
    subnet_id: isPrivate ? Number(machine.subnetId) : null,
    ipv4: isPrivate ? { vpc: machine.privateIp, nat_1_1: nat } : null,
    ipv6: null,
    ip_ranges: isPrivate ? [] : null,
  };
}

export function addressesView(state: CloudState, machine: Machine) {
  const slaac = slaacAddress(machine);
  const ipv6 = { gateway: "fe80::1", subnet_mask: "ffff:ffff:ffff:ffff::", prefix: 64 };
  const whose = { type: "ipv6", rdns: null, linode_id: machine.id, region: machine.region };
  return {
    ipv4: {
      public: [publicAddressView(machine)],
      private: [],
      shared: [],
      reserved: [],
      vpc: privateAddressViews(state, machine),
    },
    ipv6: {
      slaac: { address: slaac, ...ipv6, ...whose, public: true },
      link_local: { address: "fe80::2", ...ipv6, ...whose, public: false },
      global: [],
      vpc: [],
    },
  };
}

export function publicAddressView(machine: Machine) {
  const isFace = linodeDetails(machine).config.interfaces.some(
    (one) => one.purpose === "vpc" && one.nat,
  );
  return {
    address: machine.publicIp,
    gateway: "10.240.0.1",
    subnet_mask: "255.255.0.0",
    prefix: 16,
    type: "ipv4",
    public: true,
    rdns: null,
    linode_id: machine.id,
    interface_id: null,
    region: machine.region,
    vpc_nat_1_1: isFace
      ? {
          address: machine.privateIp,
          subnet_id: Number(machine.subnetId),
          vpc_id: Number(machine.networkId),
        }
      : null,
    reserved: false,
  };
}

/** The address in a VPC, as lists of addresses show it; none outside of one. */
export function privateAddressViews({ networks }: CloudState, machine: Machine) {
  const subnet = networks
    .flatMap(({ subnets }) => subnets)
    .find(({ id }) => id === machine.subnetId);
  const { config } = linodeDetails(machine);
  const own = config.interfaces.find(({ purpose }) => purpose === "vpc");
  if (!subnet || own?.purpose !== "vpc") return [];
  const range = knownRange(subnet.ipRange);
  return [
    {
      address: machine.privateIp,
      address_range: null,
      vpc_id: Number(machine.networkId),
      subnet_id: Number(machine.subnetId),
      region: machine.region,
      linode_id: machine.id,
      config_id: config.id,
      interface_id: own.id,
      nodebalancer_id: null,
      database_id: null,
      active: machine.phase === "ready",
      nat_1_1: own.nat ? machine.publicIp : null,
      gateway: formatAddress(firstOf(range) + 1),
      prefix: range.prefix,
      subnet_mask: netmaskOf(range),
      ipv6_range: null,
      ipv6_is_public: null,
      ipv6_addresses: [],
    },
  ];
}

/** Of the range for documentation: the lab's machines have no IPv6, and programs read one all the same. */
const slaacAddress = ({ id }: Machine): string => `2001:db8::${(id % 65_536).toString(16)}`;
