import { knownRange, lowestFree } from "../addresses.ts";
import type { ApiRequest, Routes } from "../http.ts";
import { freePublicAddress } from "../limits.ts";
import {
  ensureTag,
  hasTag,
  timestamp,
  type CloudState,
  type Machine,
  type Network,
} from "../model.ts";
import { addAction, isBusy, isLeaving } from "../operator.ts";
import { flag, list, requiredText, text, texts } from "./body.ts";
import {
  imageNamed,
  regionNamed,
  sizeNamed,
  type Image,
  type Region,
  type Size,
} from "./catalog.ts";
import type { Context } from "../context.ts";
import { notFound, notInLab, unprocessable } from "./errors.ts";
import { keyNamed } from "./keys.ts";
import { page } from "./pages.ts";
import { checkedTag } from "./tags.ts";
import { actionView, dropletView, firewallView, ipRangeOf } from "./views.ts";
import { defaultNetwork } from "./vpcs.ts";

type Body = ApiRequest["body"];

/** Droplets' public addresses are 10.240.1.1 and up. */
const firstBlock = 1;

const maxUserDataBytes = 64 * 1024;

/**
 * Droplets: ordered at once, made in the background.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#tag/Droplets
 */
export function dropletRoutes({ store, operator }: Context): Routes {
  const view = (machine: Machine) => dropletView(store.state, machine);
  return {
    "POST /v2/droplets": async ({ body, url }) => {
      if (body["names"] !== undefined) throw notInLab("names (several droplets at once)");
      const { machine, action } = await store.change((draft) => orderMachine(draft, body));
      operator.work();
      const links = {
        actions: [{ id: action.id, rel: "create", href: `${url.origin}/v2/actions/${action.id}` }],
      };
      return { status: 202, body: { droplet: view(machine), links } };
    },
    "GET /v2/droplets": async (request) => {
      await operator.observe(store.state.machines);
      const tag = request.url.searchParams.get("tag_name");
      const name = request.url.searchParams.get("name");
      const wanted = store.state.machines.filter(
        (machine) =>
          (tag === null || hasTag(machine.tags, tag)) && (name === null || machine.name === name),
      );
      return page(request, "droplets", wanted.map(view));
    },
    "GET /v2/droplets/:id": async (request) => {
      await operator.observe([machineOf(store.state, request)]);
      return { status: 200, body: { droplet: view(machineOf(store.state, request)) } };
    },
    "DELETE /v2/droplets/:id": async (request) => {
      await store.change((draft) => {
        const machine = machineOf(draft, request);
        if (isBusy(draft, machine.id)) throw pendingEvent();
        if (!isLeaving(draft, machine.id)) addAction(draft, machine, "destroy");
      });
      operator.work();
      return { status: 204 };
    },
    "GET /v2/droplets/:id/actions": (request) => {
      const { id } = machineOf(store.state, request);
      const actions = store.state.actions.filter(({ machineId }) => machineId === id).reverse();
      return page(request, "actions", actions.map(actionView));
    },
    "GET /v2/droplets/:id/firewalls": (request) => {
      const machine = machineOf(store.state, request);
      const firewalls = store.state.firewalls.filter(
        ({ machineIds, tags }) =>
          machineIds.includes(machine.id) || tags.some((tag) => hasTag(machine.tags, tag)),
      );
      return page(request, "firewalls", firewalls.map(firewallView));
    },
  };
}

/** The machine that the path names. @throws ApiError 404 */
export function machineOf(state: CloudState, { params }: ApiRequest): Machine {
  const machine = state.machines.find(({ id }) => String(id) === params["id"]);
  if (!machine) throw notFound();
  return machine;
}

/** One thing at a time may be done to a droplet. */
export const pendingEvent = () => unprocessable("Droplet already has a pending event.");

/** @throws ApiError 422 when it is no host name */
export function checkedName(name: string): string {
  if (/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(name) && name.length <= 255) return name;
  throw unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)");
}

function orderMachine(draft: CloudState, body: Body) {
  refuseWhatTheLabHasNot(body);
  const { region, size, image } = checkedChoice(body);
  const network = chosenNetwork(draft, body, region.slug);
  const machine: Machine = {
    id: draft.counters.machine + 1,
    name: checkedName(requiredText(body, "name")),
    region: region.slug,
    size: size.slug,
    image: image.slug,
    vcpus: size.vcpus,
    memoryMib: size.memory,
    diskMib: size.disk * 1024,
    networkId: network.id,
    subnetId: network.subnets[0]?.id ?? null,
    ...freeAddresses(draft, network),
    userData: checkedUserData(body),
    authorizedKeys: chosenKeys(draft, body),
    features: [
      ...(flag(body, "monitoring") ? ["monitoring"] : []),
      ...(body["with_droplet_agent"] === false ? [] : ["droplet_agent"]),
      "private_networking",
    ],
    tags: texts(body, "tags").map((tag) => ensureTag(draft, checkedTag(tag))),
    createdAt: timestamp(),
    phase: "new",
    power: "on",
    details: null,
  };
  draft.counters.machine = machine.id;
  draft.machines.push(machine);
  return { machine, action: addAction(draft, machine, "create") };
}

function refuseWhatTheLabHasNot(body: Body): void {
  for (const name of ["backups", "ipv6"]) {
    if (flag(body, name)) throw notInLab(name);
  }
  if (body["backup_policy"] !== undefined) throw notInLab("backup_policy");
  if (body["public_networking"] === false) throw notInLab("public_networking false");
  if (list(body, "volumes").length > 0) throw notInLab("volumes");
}

function checkedChoice(body: Body): { region: Region; size: Size; image: Image } {
  const region = regionNamed(requiredText(body, "region"));
  if (region?.available !== true) throw unprocessable("Region is not available");
  const size = sizeNamed(requiredText(body, "size"));
  if (!size) throw unprocessable("You specified an invalid size for Droplet creation.");
  if (!size.regions.includes(region.slug)) {
    throw unprocessable("Size is not available in this region.");
  }
  const named = body["image"];
  const image =
    typeof named === "string" || typeof named === "number" ? imageNamed(named) : undefined;
  if (!image) throw unprocessable("You specified an invalid image for Droplet creation.");
  if (!image.inLab) throw notInLab(`image ${image.slug}`);
  return { region, size, image };
}

function chosenNetwork(draft: CloudState, body: Body, region: string): Network {
  const id = text(body, "vpc_uuid") ?? "";
  if (id === "") return defaultNetwork(draft, region);
  const network = draft.networks.find((candidate) => candidate.id === id);
  if (!network) throw unprocessable(`VPC ${id} does not exist`);
  if (network.region !== region) {
    throw unprocessable(`VPC ${id} is in region ${network.region}, the Droplet in ${region}`);
  }
  return network;
}

function freeAddresses(draft: CloudState, network: Network) {
  const publicIp = freePublicAddress(
    draft.machines.map((machine) => machine.publicIp),
    firstBlock,
  );
  const privateIp = lowestFree(
    knownRange(ipRangeOf(network)),
    2, // the network itself and its gateway
    draft.machines
      .filter(({ networkId }) => networkId === network.id)
      .map((machine) => machine.privateIp ?? ""),
  );
  if (privateIp === null) throw unprocessable(`no address is left in VPC ${network.name}`);
  return { publicIp, privateIp };
}

function checkedUserData(body: Body): string {
  const userData = text(body, "user_data") ?? "";
  if (Buffer.byteLength(userData) > maxUserDataBytes) {
    throw unprocessable("user_data is too long (maximum is 64 KiB)");
  }
  return userData;
}

function chosenKeys(draft: CloudState, body: Body): string[] {
  return list(body, "ssh_keys").map((name) => {
    const key =
      typeof name === "string" || typeof name === "number" ? keyNamed(draft, name) : undefined;
    if (!key) {
      throw unprocessable(`${String(name)} are invalid key identifiers for Droplet creation.`);
    }
    return key.publicKey.trim();
  });
}
