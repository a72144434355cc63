import { randomUUID } from "node:crypto";
import {
  contains,
  formatRange,
  knownRange,
  overlap,
  parseRange,
  publicRange,
} from "../addresses.ts";
import type { ApiRequest, Routes } from "../http.ts";
import { timestamp, type CloudState, type Network } from "../model.ts";
import { requiredText, text, flag } from "./body.ts";
import { regionNamed } from "./catalog.ts";
import type { Context } from "../context.ts";
import { conflict, forbidden, notFound, unprocessable } from "./errors.ts";
import { page } from "./pages.ts";
import { ipRangeOf, vpcView } from "./views.ts";

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(knownRange);

/**
 * VPCs. Every region has a default one, as in an account that has been in use; it is made when it is first
 * needed, so that a region's first VPC does not become its default, which could never be deleted.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#tag/VPCs
 */
export function vpcRoutes({ store }: Context): Routes {
  return {
    "POST /v2/vpcs": async ({ body }) => {
      const network = await store.change((draft) => createNetwork(draft, body));
      return { status: 201, body: { vpc: vpcView(network) } };
    },
    "GET /v2/vpcs": (request) => page(request, "vpcs", store.state.networks.map(vpcView)),
    "GET /v2/vpcs/:id": (request) => ({
      status: 200,
      body: { vpc: vpcView(networkOf(store.state, request)) },
    }),
    "PUT /v2/vpcs/:id": async (request) => {
      const network = await store.change((draft) => {
        const changed = networkOf(draft, request);
        const name = networkName(draft, request.body, changed);
        changed.name = name;
        changed.description = networkDescription(request.body) ?? changed.description;
        if (flag(request.body, "default")) makeDefault(draft, changed);
        return changed;
      });
      return { status: 200, body: { vpc: vpcView(network) } };
    },
    "DELETE /v2/vpcs/:id": async (request) => {
      await store.change((draft) => {
        const network = networkOf(draft, request);
        if (network.isDefault) throw forbidden("Can not delete default VPCs");
        if (draft.machines.some(({ networkId }) => networkId === network.id)) {
          throw conflict("Can not delete VPC with members");
        }
        draft.networks.splice(draft.networks.indexOf(network), 1);
      });
      return { status: 204 };
    },
    "GET /v2/vpcs/:id/members": (request) => {
      const { id } = networkOf(store.state, request);
      const members = store.state.machines.filter(({ networkId }) => networkId === id);
      return page(
        request,
        "members",
        members.map((machine) => ({
          name: machine.name,
          urn: `do:droplet:${machine.id}`,
          created_at: machine.createdAt,
        })),
      );
    },
  };
}

/** The region's default network, made when there is none yet. */
export function defaultNetwork(draft: CloudState, region: string): Network {
  const known = draft.networks.find((network) => network.region === region && network.isDefault);
  if (known) return known;
  return addNetwork(draft, freeRange(draft), {
    name: `default-${region}`,
    description: "",
    region,
    isDefault: true,
  });
}

function createNetwork(draft: CloudState, body: ApiRequest["body"]): Network {
  const region = regionNamed(requiredText(body, "region"));
  if (region?.available !== true) throw unprocessable("Region is not available");
  const given = text(body, "ip_range");
  return addNetwork(draft, given ? checkedRange(draft, given) : freeRange(draft), {
    name: networkName(draft, body, null),
    description: networkDescription(body) ?? "",
    region: region.slug,
    isDefault: false,
  });
}

/** A VPC is a network with one subnet, which is the whole of it. */
function addNetwork(
  draft: CloudState,
  ipRange: string,
  described: Pick<Network, "name" | "description" | "region" | "isDefault">,
): Network {
  const [id, createdAt] = [randomUUID(), timestamp()];
  const subnets = [{ id, name: described.name, ipRange, createdAt }];
  const network: Network = { id, ...described, subnets, createdAt };
  draft.networks.push(network);
  return network;
}

function networkName(draft: CloudState, body: ApiRequest["body"], self: Network | null): string {
  const name = requiredText(body, "name");
  if (!/^[a-zA-Z0-9.-]+$/.test(name)) {
    throw unprocessable("name may only contain alphanumeric characters, dashes, and periods");
  }
  if (draft.networks.some((network) => network.name === name && network !== self)) {
    throw unprocessable("a VPC with the same name already exists");
  }
  return name;
}

function networkDescription(body: ApiRequest["body"]): string | null {
  const description = text(body, "description");
  if ((description?.length ?? 0) > 255) {
    throw unprocessable("description is too long (maximum is 255 characters)");
  }
  return description;
}

function checkedRange(draft: CloudState, given: string): string {
  const range = parseRange(given);
  if (range === null) throw unprocessable(`ip_range is not a valid CIDR: ${given}`);
  if (range.prefix < 16 || range.prefix > 28) {
    throw unprocessable("ip_range must be between /16 and /28 in size");
  }
  if (!privateRanges.some((outer) => contains(outer, range))) {
    throw unprocessable("ip_range must be in a range of private addresses as defined in RFC1918");
  }
  const other = draft.networks.find((network) => overlap(knownRange(ipRangeOf(network)), range));
  if (other) {
    throw unprocessable(
      `This range/size overlaps with another VPC network in your account: ${other.name} ${ipRangeOf(other)}.`,
    );
  }
  if (overlap(publicRange, range)) {
    throw unprocessable(
      `This range/size overlaps with the lab's public addresses: ${formatRange(publicRange)}.`,
    );
  }
  return formatRange(range);
}

/** A /20 of nobody's, for a VPC whose range was left to the cloud. */
function freeRange(draft: CloudState): string {
  const taken = draft.networks.map((network) => knownRange(ipRangeOf(network)));
  for (let second = 100; second < 240; second++) {
    for (let third = 0; third < 256; third += 16) {
      const range = knownRange(`10.${second}.${third}.0/20`);
      if (!taken.some((other) => overlap(other, range))) return formatRange(range);
    }
  }
  throw unprocessable("no range is left for another VPC");
}

function makeDefault(draft: CloudState, chosen: Network): void {
  for (const network of draft.networks) {
    if (network.region === chosen.region) network.isDefault = network === chosen;
  }
}

function networkOf(state: CloudState, { params }: ApiRequest): Network {
  const network = state.networks.find(({ id }) => id === params["id"]);
  if (!network) throw notFound();
  return network;
}
