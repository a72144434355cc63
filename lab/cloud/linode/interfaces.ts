import { firstOf, knownRange, lowestFree, parseAddress, sizeOf } from "../addresses.ts";
import type { Body } from "../body.ts";
import type { CloudState, Machine, Network, Subnet } from "../model.ts";
import { flag, integer, object, objects, text, texts } from "./body.ts";
import { nextNumber, type Interface } from "./details.ts";
import { notInLab, refused } from "./errors.ts";

/** Addresses at each end of a subnet that no machine gets. */
const reserved = 2;

type Place = Pick<Machine, "networkId" | "subnetId" | "privateIp">;

const nowhere: Place = { networkId: null, subnetId: null, privateIp: null };

/**
 * The interfaces of an order, and where they put the machine. The lab's machines have the public one as eth0, and
 * in a VPC another one as eth1; every other choice is refused by name.
 * @throws ApiError 400
 */
export function checkedInterfaces(
  draft: CloudState,
  body: Body,
  region: string,
): { readonly interfaces: readonly Interface[]; readonly place: Place } {
  const asked = objects(body, "interfaces");
  const purposes = asked.map((one) => text(one, "purpose") ?? "");
  if (asked.length === 0) return { interfaces: [], place: nowhere };
  for (const [index, purpose] of purposes.entries()) {
    if (!["public", "vpc", "vlan"].includes(purpose)) {
      throw refused("Must be one of public, vpc, vlan", `interfaces[${index}].purpose`);
    }
  }
  if (!["public", "public,vpc"].includes(purposes.join(","))) {
    throw notInLab(`a Linode with the interfaces ${purposes.join(", ")}`, "interfaces");
  }
  let place = nowhere;
  const interfaces = asked.map((one, index): Interface => {
    const known = { id: nextNumber(draft), primary: flag(one, "primary") };
    if (purposes[index] === "public") return { ...known, purpose: "public" };
    const field = `interfaces[${index}]`;
    if (texts(one, "ip_ranges").length > 0) throw notInLab("ip_ranges", `${field}.ip_ranges`);
    place = checkedPlace(draft, one, region, field);
    return { ...known, purpose: "vpc", nat: isNat(one, field) };
  });
  return { interfaces, place };
}

function isNat(asked: Body, field: string): boolean {
  const nat = text(object(asked, "ipv4"), "nat_1_1");
  if (nat === null || nat === "any") return nat !== null;
  throw notInLab("nat_1_1 with an address that was chosen", `${field}.ipv4.nat_1_1`);
}

function checkedPlace(draft: CloudState, asked: Body, region: string, field: string): Place {
  const id = integer(asked, "subnet_id");
  if (id === null) throw refused("subnet_id is required", `${field}.subnet_id`);
  const network = draft.networks.find(({ subnets }) => subnets.some(isNumber(id)));
  const subnet = network?.subnets.find(isNumber(id));
  if (!network || !subnet) throw refused("Subnet not found", `${field}.subnet_id`);
  if (network.region !== region) {
    throw refused(
      `The VPC is in region ${network.region} and the Linode in ${region}`,
      `${field}.subnet_id`,
    );
  }
  const given = text(object(asked, "ipv4"), "vpc");
  const privateIp = addressIn(draft, network, subnet, given, `${field}.ipv4.vpc`);
  return { networkId: network.id, subnetId: subnet.id, privateIp };
}

const isNumber =
  (number: number) =>
  ({ id }: { readonly id: string }): boolean =>
    id === String(number);

function addressIn(
  { machines }: CloudState,
  network: Network,
  subnet: Subnet,
  given: string | null,
  field: string,
): string {
  const range = knownRange(subnet.ipRange);
  const taken = machines
    .filter(({ networkId }) => networkId === network.id)
    .map(({ privateIp }) => privateIp ?? "");
  if (given === null || given === "") {
    const free = lowestFree(range, reserved, taken, reserved);
    if (free === null) throw refused(`No address is left in subnet ${subnet.name}`, field);
    return free;
  }
  const address = parseAddress(given);
  const place = address === null ? -1 : address - firstOf(range);
  if (place < 0 || place >= sizeOf(range)) {
    throw refused(`Must be an address of the subnet's range ${subnet.ipRange}`, field);
  }
  if (place < reserved || place >= sizeOf(range) - reserved) {
    throw refused("The first two and the last two addresses of a subnet are reserved", field);
  }
  if (taken.includes(given)) throw refused(`Address ${given} is in use in this VPC`, field);
  return given;
}
