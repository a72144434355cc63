import type { Command } from "../lib/host-programs.ts";
import type { Lab } from "../lib/paths.ts";
import { cpuPeriodUs, labGroupName } from "./cgroups.ts";
import type { MachineSpec } from "./spec.ts";
import { machineNetns, type MachineDir } from "./machine-dir.ts";
import { labAddress } from "./network.ts";

/**
 * The command that boots one machine; it ends with 133 when the machine wants to be booted again.
 * @see https://www.freedesktop.org/software/systemd/man/252/systemd-nspawn.html
 */
export function nspawnCommand(lab: Lab, spec: MachineSpec, dir: MachineDir): Command {
  return [
    "systemd-nspawn",
    "--quiet",
    `--machine=${machineNetns(lab, spec.id)}`,
    `--hostname=${spec.hostname}`,
    `--directory=${dir.root}`,
    "--boot",
    // The cgroup is ours, and a reboot is for the supervisor to do.
    "--keep-unit",
    "--register=no",
    `--network-namespace-path=/run/netns/${machineNetns(lab, spec.id)}`,
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    "--console=pipe",
    // What containerd, runc and kubelet do as root of a virtual machine.
    "--capability=all",
    "--system-call-filter=@known @privileged bpf keyctl add_key perf_event_open @mount",
    "--bind=/dev/kmsg",
    `--bind=${dir.containerd}:/var/lib/containerd`,
  ];
}

/** What supervisor.sh reads from its environment. */
export function supervisorEnv(
  lab: Lab,
  spec: MachineSpec,
  host: {
    readonly rootfs: string;
    readonly cgroupBases: readonly string[];
    /** "": the quota is the limit. */
    readonly cpus: string;
  },
): Record<string, string> {
  return {
    MACHINE_ID: spec.id,
    LAB_NETNS: lab.netns,
    MACHINE_NETNS: machineNetns(lab, spec.id),
    LAB_ADDRESS: labAddress,
    PUBLIC_IP: spec.publicIp,
    PRIVATE_IP: spec.privateIp ?? "",
    PRIVATE_PREFIX: spec.privateCidr?.split("/")[1] ?? "",
    ROOTFS: host.rootfs,
    CGROUP_BASES: host.cgroupBases.join(":"),
    CGROUP_GROUP: labGroupName(lab),
    CPU_PERIOD_US: String(cpuPeriodUs),
    CPU_QUOTA_US: String(host.cpus === "" ? spec.vcpus * cpuPeriodUs : -1),
    MEMORY_BYTES: String(spec.memoryMib * 2 ** 20),
    // /proc/sys and /sys as on a machine of its own: kubelet and kube-proxy write there.
    SYSTEMD_NSPAWN_API_VFS_WRITABLE: "yes",
    // /tmp lies on the disk, as on a Droplet: files there are not memory.
    SYSTEMD_NSPAWN_TMPFS_TMP: "0",
  };
}
