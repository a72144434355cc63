import { createHash } from "node:crypto";
import type { MachineSpec } from "./spec.ts";

/** A file that a fresh disk holds besides the image. */
export interface SeedFile {
  /** Without the leading slash. */
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/**
 * What makes a disk one machine's own: its names, and the cloud-init seed that is applied at first boot.
 *
 * The instance id never changes, so a reboot applies nothing again.
 * @param machineId - 32 hexadecimal digits, new for every disk
 * @see https://cloudinit.readthedocs.io/en/22.4.2/topics/datasources/nocloud.html
 */
export function seedFiles(spec: MachineSpec, machineId: string): SeedFile[] {
  const seed = "var/lib/cloud/seed/nocloud";
  const metaData = {
    "instance-id": `${spec.id}-${createHash("sha256").update(machineId).digest("hex").slice(0, 8)}`,
    "local-hostname": spec.hostname,
    "public-keys": spec.authorizedKeys,
  };
  return [
    { path: "etc/machine-id", mode: 0o444, content: `${machineId}\n` },
    { path: "etc/hostname", mode: 0o644, content: `${spec.hostname}\n` },
    { path: "etc/hosts", mode: 0o644, content: hosts(spec.hostname) },
    { path: `${seed}/meta-data`, mode: 0o600, content: `${JSON.stringify(metaData, null, 2)}\n` },
    // May hold the private host key.
    { path: `${seed}/user-data`, mode: 0o600, content: spec.userData },
  ];
}

function hosts(hostname: string): string {
  return `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n::1 localhost ip6-localhost ip6-loopback\n`;
}
