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
