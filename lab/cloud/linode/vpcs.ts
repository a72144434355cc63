import { contains, formatRange, knownRange, overlap, parseRange } from "../addresses.ts";
import type { Body } from "../body.ts";
import type { Context } from "../context.ts";
import type { ApiRequest, ApiResponse, Routes } from "../http.ts";
import { timestamp, type CloudState, type Machine, type Network, type Subnet } from "../model.ts";
import { objects, requiredText, text } from "./body.ts";
import { regionNamed } from "./catalog.ts";
import { linodeDetails, nextNumber } from "./details.ts";
import { notFound, refused } from "./errors.ts";
import { privateAddressViews } from "./instance-views.ts";
import { checkedLabel, labelRules, requiredLabel } from "./labels.ts";
import { page } from "./pages.ts";
import { time } from "./time.ts";

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(knownRange);
/** In use by Linode itself, for the addresses of `private_ip`. */
const ownRange = knownRange("192.168.128.0/17");

/**
 * VPCs and their subnets.
 * @see https://techdocs.akamai.com/linode-api/reference/post-vpc
 */
export function vpcRoutes({ store }: Context): Routes {
  return {
    "POST /vpcs": async ({ body }) => {
      const network = await store.change((draft) => createNetwork(draft, body));
      return { status: 200, body: vpcView(store.state, network) };
    },
    "GET /vpcs": (request) =>
      page(
        request,
        store.state.networks.map((network) => vpcView(store.state, network)),
      ),
    "GET /vpcs/:id": (request) => ({
      status: 200,
      body: vpcView(store.state, networkOf(store.state, request)),
    }),
    "PUT /vpcs/:id": async (request) => {
      const network = await store.change((draft) => {
        const changed = networkOf(draft, request);
        changed.name = checkedLabel(request.body, ...vpcLabel(draft, changed)) ?? changed.name;
        changed.description = checkedDescription(request.body) ?? changed.description;
        return changed;
      });
      return { status: 200, body: vpcView(store.state, network) };
    },
    "DELETE /vpcs/:id": (request) =>
      remove((draft) => {
        const network = networkOf(draft, request);
        if (draft.machines.some(({ networkId }) => networkId === network.id)) {
          throw refused("Cannot delete a VPC while Linodes are assigned to it");
        }
        draft.networks.splice(draft.networks.indexOf(network), 1);
      }),
    "GET /vpcs/:id/ips": (request) => {
      const { id } = networkOf(store.state, request);
      const members = store.state.machines.filter(({ networkId }) => networkId === id);
      return page(
        request,
        members.flatMap((machine) => privateAddressViews(store.state, machine)),
      );
    },
    "POST /vpcs/:id/subnets": async (request) => {
      const subnet = await store.change((draft) =>
        addSubnet(draft, networkOf(draft, request), request.body),
      );
      return { status: 200, body: subnetView(store.state, subnet) };
    },
    "GET /vpcs/:id/subnets": (request) => {
      const { subnets } = networkOf(store.state, request);
      return page(
        request,
        subnets.map((subnet) => subnetView(store.state, subnet)),
      );
    },
    "GET /vpcs/:id/subnets/:subnet": (request) => ({
      status: 200,
      body: subnetView(store.state, subnetOf(networkOf(store.state, request), request)),
    }),
    "PUT /vpcs/:id/subnets/:subnet": async (request) => {
      const subnet = await store.change((draft) => {
        const network = networkOf(draft, request);
        const changed = subnetOf(network, request);
        const label = checkedLabel(request.body, ...subnetLabel(network, changed));
        changed.name = label ?? changed.name;
        return changed;
      });
      return { status: 200, body: subnetView(store.state, subnet) };
    },
    "DELETE /vpcs/:id/subnets/:subnet": (request) =>
      remove((draft) => {
        const network = networkOf(draft, request);
        const subnet = subnetOf(network, request);
        if (draft.machines.some(({ subnetId }) => subnetId === subnet.id)) {
          throw refused("Cannot delete a subnet while Linodes are assigned to it");
        }
        network.subnets.splice(network.subnets.indexOf(subnet), 1);
      }),
  };

  async function remove(change: (draft: CloudState) => void): Promise<ApiResponse> {
    await store.change(change);
    return { status: 200, body: {} };
  }
}

function createNetwork(draft: CloudState, body: Body): Network {
  const region = regionNamed(requiredText(body, "region"));
  if (!region) throw refused("region is not valid", "region");
  if (!region.capabilities.includes("VPCs")) {
    throw refused(`Region ${region.id} does not support VPCs`, "region");
  }
  const network: Network = {
    id: String(nextNumber(draft)),
    name: requiredLabel(body, ...vpcLabel(draft, null)),
    description: checkedDescription(body) ?? "",
    region: region.id,
    subnets: [],
    isDefault: false,
    createdAt: timestamp(),
  };
  draft.networks.push(network);
  for (const subnet of objects(body, "subnets")) addSubnet(draft, network, subnet);
  return network;
}

function addSubnet(draft: CloudState, network: Network, body: Body): Subnet {
  const subnet: Subnet = {
    id: String(nextNumber(draft)),
    name: requiredLabel(body, ...subnetLabel(network, null)),
    ipRange: checkedRange(network, requiredText(body, "ipv4")),
    createdAt: timestamp(),
  };
  network.subnets.push(subnet);
  return subnet;
}

/** Labels of VPCs are unique in the account, those of subnets in their VPC. */
const vpcLabel = (draft: CloudState, self: Network | null) => {
  const others = draft.networks.filter((other) => other !== self).map(({ name }) => name);
  return [labelRules.vpc, others, "VPCs"] as const;
};

const subnetLabel = ({ subnets }: Network, self: Subnet | null) => {
  const others = subnets.filter((other) => other !== self).map(({ name }) => name);
  return [labelRules.vpc, others, "VPC's subnets"] as const;
};

function checkedDescription(body: Body): string | null {
  const description = text(body, "description");
  if ((description?.length ?? 0) > 255) throw refused("Length must be 0-255", "description");
  return description;
}

function checkedRange(network: Network, given: string): string {
  const range = parseRange(given);
  if (range === null || formatRange(range) !== given) {
    throw refused("Must be an IPv4 network in CIDR format", "ipv4");
  }
  if (range.prefix > 29) throw refused("Prefix length must be at most 29", "ipv4");
  const isPrivate = privateRanges.some((outer) => contains(outer, range));
  if (!isPrivate || overlap(ownRange, range)) {
    throw refused("Must be in a private range, and not in 192.168.128.0/17", "ipv4");
  }
  const other = network.subnets.find(({ ipRange }) => overlap(knownRange(ipRange), range));
  if (other) throw refused(`Overlaps subnet ${other.name} (${other.ipRange}) of this VPC`, "ipv4");
  return given;
}

function networkOf(state: CloudState, { params }: ApiRequest): Network {
  const network = state.networks.find(({ id }) => id === params["id"]);
  if (!network) throw notFound();
  return network;
}

function subnetOf({ subnets }: Network, { params }: ApiRequest): Subnet {
  const subnet = subnets.find(({ id }) => id === params["subnet"]);
  if (!subnet) throw notFound();
  return subnet;
}

function vpcView(state: CloudState, network: Network) {
  return {
    id: Number(network.id),
    label: network.name,
    description: network.description,
    region: network.region,
    subnets: network.subnets.map((subnet) => subnetView(state, subnet)),
    ipv6: [],
    created: time(network.createdAt),
    updated: time(network.createdAt),
  };
}

function subnetView({ machines }: CloudState, subnet: Subnet) {
  const members = machines.filter(({ subnetId }) => subnetId === subnet.id);
  return {
    id: Number(subnet.id),
    label: subnet.name,
    ipv4: subnet.ipRange,
    ipv6: [],
    linodes: members.map((machine) => ({ id: machine.id, interfaces: memberInterfaces(machine) })),
    databases: [],
    nodebalancers: [],
    created: time(subnet.createdAt),
    updated: time(subnet.createdAt),
  };
}

function memberInterfaces(machine: Machine) {
  const { config } = linodeDetails(machine);
  return config.interfaces
    .filter(({ purpose }) => purpose === "vpc")
    .map(({ id }) => ({ id, active: machine.phase === "ready", config_id: config.id }));
}
