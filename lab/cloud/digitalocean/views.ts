import { netmaskOf, parseRange, formatAddress, firstOf } from "../addresses.ts";
import type {
  Action,
  CloudState,
  Firewall,
  FirewallRule,
  Key,
  Machine,
  Network,
  Tag,
} from "../model.ts";
import { hasTag } from "../model.ts";
import { isBusy } from "../operator.ts";
import { imageNamed, regionNamed, regions, sizeNamed, sizes, type Image } from "./catalog.ts";

// The model's things in the API's words, member for member as the real API answers them.

export function dropletView(state: CloudState, machine: Machine) {
  const size = sizeNamed(machine.size);
  const image = imageNamed(machine.image);
  return {
    id: machine.id,
    name: machine.name,
    memory: machine.memoryMib,
    vcpus: machine.vcpus,
    disk: machine.diskMib / 1024,
    locked: isBusy(state, machine.id),
    status: statusOf(machine),
    kernel: null,
    created_at: machine.createdAt,
    features: machine.features,
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [],
    image: image ? imageView(image) : {},
    volume_ids: [],
    size: size ?? {},
    size_slug: machine.size,
    networks: networksView(state, machine),
    region: regionNamed(machine.region) ?? {},
    tags: machine.tags,
    vpc_uuid: machine.networkId,
  };
}

function statusOf({ phase, power }: Machine): string {
  if (phase === "new") return "new";
  if (phase === "failed") return "archive"; // clients take it for "will never become active"
  return power === "on" ? "active" : "off";
}

/** Empty until the machine was booted, as in the real API. */
function networksView(state: CloudState, machine: Machine) {
  if (machine.phase === "new") return { v4: [], v6: [] };
  const network = state.networks.find(({ id }) => id === machine.networkId);
  const range = network ? parseRange(ipRangeOf(network)) : null;
  return {
    v4: [
      {
        ip_address: machine.privateIp,
        netmask: range ? netmaskOf(range) : "255.255.255.255",
        gateway: range ? formatAddress(firstOf(range) + 1) : "",
        type: "private",
      },
      {
        ip_address: machine.publicIp,
        netmask: "255.255.0.0",
        gateway: "10.240.0.1",
        type: "public",
      },
    ],
    v6: [],
  };
}

export function actionView(action: Action) {
  return {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: action.startedAt,
    completed_at: action.completedAt,
    resource_id: action.machineId,
    resource_type: "droplet",
    region: regionNamed(action.region) ?? {},
    region_slug: action.region,
  };
}

export const ipRangeOf = ({ subnets }: Network): string => subnets[0]?.ipRange ?? "";

export function vpcView(network: Network) {
  return {
    id: network.id,
    urn: `do:vpc:${network.id}`,
    name: network.name,
    description: network.description,
    region: network.region,
    ip_range: ipRangeOf(network),
    created_at: network.createdAt,
    default: network.isDefault,
  };
}

export function firewallView(firewall: Firewall) {
  const rules = (side: "sources" | "destinations", list: readonly FirewallRule[]) =>
    list.map(({ protocol, ports, peers }) => ({
      protocol,
      ports: portsView(ports),
      [side]: {
        ...(peers.addresses.length > 0 ? { addresses: peers.addresses } : {}),
        ...(peers.machineIds.length > 0 ? { droplet_ids: peers.machineIds } : {}),
        ...(peers.tags.length > 0 ? { tags: peers.tags } : {}),
      },
    }));
  return {
    id: firewall.id,
    name: firewall.name,
    status: "succeeded", // a change is answered only when it is in force
    created_at: firewall.createdAt,
    inbound_rules: rules("sources", firewall.inbound.rules),
    outbound_rules: rules("destinations", firewall.outbound.rules),
    droplet_ids: firewall.machineIds,
    tags: firewall.tags,
    pending_changes: [],
  };
}

/** All ports are "0" in answers, whichever way they were asked for. */
function portsView(ports: readonly [number, number] | null): string {
  if (ports === null) return "0";
  const [first, last] = ports;
  return first === last ? String(first) : `${first}-${last}`;
}

export const keyView = ({ id, name, publicKey, fingerprint }: Key) => ({
  id,
  name,
  fingerprint,
  public_key: publicKey,
});

export function tagView(state: CloudState, tag: Tag, origin: string) {
  const tagged = state.machines.filter(({ tags }) => hasTag(tags, tag.name));
  const newest = tagged.at(-1);
  const uri = newest ? { last_tagged_uri: `${origin}/v2/droplets/${newest.id}` } : {};
  return {
    name: tag.name,
    resources: {
      count: tagged.length,
      ...uri,
      droplets: {
        count: tagged.length,
        ...uri,
        ...(newest ? { last_tagged: dropletView(state, newest) } : {}),
      },
      images: { count: 0 },
      volumes: { count: 0 },
      volume_snapshots: { count: 0 },
      databases: { count: 0 },
    },
  };
}

export const imageView = ({ id, slug, name, distribution, inLab }: Image) => ({
  id,
  name,
  distribution,
  slug,
  public: true,
  regions: regions.filter(({ available }) => available).map((region) => region.slug),
  created_at: "2026-01-01T00:00:00Z",
  min_disk_size: 7,
  type: "base",
  size_gigabytes: 0.5,
  description: `${distribution} ${name}${inLab ? "" : " (not in the lab)"}`,
  tags: [],
  status: "available",
  error_message: "",
});

export const accountView = {
  droplet_limit: 25,
  floating_ip_limit: 3,
  reserved_ip_limit: 3,
  volume_limit: 100,
  email: "lab@example.invalid",
  name: "lab",
  uuid: "00000000-0000-4000-8000-000000000000",
  email_verified: true,
  status: "active",
  status_message: "",
  team: { uuid: "00000000-0000-4000-8000-000000000001", name: "lab" },
};

export { sizes };
