/**
 * What one cloud has, in no provider's words: each API translates to and from it. Plain data only. Times are
 * ISO 8601 in UTC without fractions.
 */
export interface CloudState {
  readonly machines: Machine[];
  readonly networks: Network[];
  readonly firewalls: Firewall[];
  readonly keys: Key[];
  readonly tags: Tag[];
  readonly reservedIps: ReservedIp[];
  readonly zones: Zone[];
  /** The newest `keptActions` of them, oldest first; those in progress are the work that is left to do. */
  readonly actions: Action[];
  /** Last number given out, so that a number is never used for two things. */
  readonly counters: { machine: number; key: number; action: number; other: number };
}

/** The clouds of one lab by name: they share its addresses and see nothing of each other. */
export type Clouds = Readonly<Record<string, CloudState>>;

export interface Machine {
  /** The machine's id in the hypervisor is `m<id>`. */
  readonly id: number;
  name: string;
  /** Ids of the API's own tables, as the user gave them. */
  readonly region: string;
  size: string;
  readonly image: string;
  vcpus: number;
  memoryMib: number;
  diskMib: number;
  /** Where the private address is; null, as all three are: the machine has none. */
  readonly networkId: string | null;
  readonly subnetId: string | null;
  readonly privateIp: string | null;
  readonly publicIp: string;
  /** May hold secrets: never logged, never answered. */
  readonly userData: string;
  readonly authorizedKeys: readonly string[];
  /** Options that only show up in answers, e.g. "monitoring". */
  readonly features: readonly string[];
  tags: string[];
  readonly createdAt: string;
  /** "new" until it was booted once; "failed" when that could not be done. */
  phase: "new" | "ready" | "failed";
  power: "on" | "off";
  /** What only its API wants to know again, in a form of that API's own. */
  details: unknown;
}

export interface Network {
  readonly id: string;
  name: string;
  description: string;
  readonly region: string;
  readonly subnets: Subnet[];
  isDefault: boolean;
  readonly createdAt: string;
}

/** A range of a network's private addresses; the machines of one network reach each other. */
export interface Subnet {
  readonly id: string;
  name: string;
  readonly ipRange: string;
  readonly createdAt: string;
}

export interface Firewall {
  readonly id: string;
  name: string;
  /** false: as if it were not there. */
  enabled: boolean;
  inbound: RuleSet;
  outbound: RuleSet;
  machineIds: readonly number[];
  /** Machines with one of these are behind it too. */
  tags: readonly string[];
  readonly createdAt: string;
  /** What only its API wants to know again, in a form of that API's own. */
  details: unknown;
}

/** The first rule that fits decides, and the last word when none does. */
export interface RuleSet {
  readonly rules: readonly FirewallRule[];
  readonly otherwise: Verdict;
}

export type Verdict = "accept" | "drop";

export interface FirewallRule {
  readonly verdict: Verdict;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** First and last; null: all of them. */
  readonly ports: readonly [number, number] | null;
  readonly peers: Peers;
}

/** Who is at the other end. A tag or machine stands for the addresses its members have at the moment. */
export interface Peers {
  /** Addresses and ranges, IPv4 or IPv6. */
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  readonly machineIds: readonly number[];
}

export interface Key {
  readonly id: number;
  name: string;
  readonly publicKey: string;
  /** MD5 of the key blob, in colon form. */
  readonly fingerprint: string;
  readonly createdAt: string;
}

/** A public address that is kept, whether or not it leads to a machine. */
export interface ReservedIp {
  readonly ip: string;
  readonly region: string;
  /** One of a machine that is gone leads nowhere, as null does. */
  machineId: number | null;
  readonly actions: ReservedIpAction[];
}

/** Done as soon as it was ordered. Its number is one of `counters.action`. */
export interface ReservedIpAction {
  readonly id: number;
  readonly type: "assign_ip" | "unassign_ip";
  readonly at: string;
}

/** A DNS zone, of the user's: the lab's clouds have one from the start, and none is made or deleted. */
export interface Zone {
  readonly id: number;
  /** In lower case, without a dot at its end. */
  readonly name: string;
  readonly records: ZoneRecord[];
}

export interface ZoneRecord {
  readonly id: number;
  readonly type: RecordType;
  /** Without the zone's; "@" is the zone itself. */
  name: string;
  /** An address, a text, or a name without a dot at its end; "@" is the zone. */
  data: string;
  /** Seconds. */
  ttl: number;
  readonly createdAt: string;
  updatedAt: string;
}

export const recordTypes = ["A", "AAAA", "CNAME", "NS", "TXT"] as const;
export type RecordType = (typeof recordTypes)[number];

export interface Tag {
  /** Unique without regard to case. */
  readonly name: string;
}

export interface Action {
  readonly id: number;
  readonly machineId: number;
  /** As it was when the action was ordered: an action outlives its machine. */
  readonly machineName: string;
  readonly region: string;
  readonly type: ActionType;
  readonly startedAt: string;
  status: "in-progress" | "completed" | "errored";
  completedAt: string | null;
  /** Of a resize: what the machine is afterwards. */
  readonly target: MachineSize | null;
}

export type MachineSize = Pick<Machine, "size" | "vcpus" | "memoryMib" | "diskMib">;

export type ActionType =
  | "create"
  | "destroy"
  | "power_on"
  | "power_off"
  | "power_cycle"
  | "reboot"
  | "shutdown"
  | "rename"
  | "resize";

export const keptActions = 500;

/** The zone that each of the lab's clouds has. */
export const labDomain = "cloud.test";

/** @param machine - the number below that of the first machine; machines of all clouds of a lab differ in theirs */
export function emptyCloud(machine: number): CloudState {
  return {
    machines: [],
    networks: [],
    firewalls: [],
    keys: [],
    tags: [],
    reservedIps: [],
    zones: [{ id: 1, name: labDomain, records: [] }],
    actions: [],
    counters: { machine, key: 512_000, action: 0, other: 240_000 },
  };
}

export const sameTag = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

export const hasTag = (tags: readonly string[], name: string): boolean =>
  tags.some((tag) => sameTag(tag, name));

/** Makes the tag if there is none of this name, and gives its name as it was first written. */
export function ensureTag(state: CloudState, name: string): string {
  const known = state.tags.find((tag) => sameTag(tag.name, name));
  if (known) return known.name;
  state.tags.push({ name });
  return name;
}

/** The time as the model writes it. */
export const timestamp = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");
