import { addressCount, formatIpv4, parseIpv4, type Cidr } from "../lib/cidr.ts";
import { sha256 } from "../lib/hash.ts";

/** Addresses at both ends of a subnet that no machine gets: network, gateway, one spare and broadcast. */
const reservedAtEachEnd = 2;

/**
 * The address that a node of this name has in a range, whatever other nodes there are: one that comes or goes never
 * moves another. `master-1` to `master-9` are the 11th to 19th address and `worker-1` to `worker-250` the 21st to
 * 270th; any other name is put somewhere in the upper half by its hash.
 * Null when the range has no such address to give.
 */
export function nodeAddress(range: Cidr, name: string): string | null {
  const place = numberedPlace(name) ?? hashedPlace(range, name);
  const address = formatIpv4(range.first + place);
  return isForNode(range, address) ? address : null;
}

/** Whether a machine can have this address: it lies in the range and is not one of those kept back. */
export function isForNode(range: Cidr, address: string): boolean {
  const parsed = parseIpv4(address);
  if (parsed === null) return false;
  const place = parsed - range.first;
  return place >= reservedAtEachEnd && place < addressCount(range) - reservedAtEachEnd;
}

/** The next address after this one that nobody has; null when all are taken. */
export function freeAddress(range: Cidr, after: string, taken: ReadonlySet<string>): string | null {
  const count = addressCount(range);
  const start = (parseIpv4(after) ?? range.first) - range.first;
  for (let step = 1; step <= count; step += 1) {
    const address = formatIpv4(range.first + ((start + step) % count));
    if (isForNode(range, address) && !taken.has(address)) return address;
  }
  return null;
}

function numberedPlace(name: string): number | null {
  const [, role, digits = ""] = /^(master-[1-9]|worker-[1-9]\d{0,2})$/.test(name)
    ? (/^(\w+)-(\d+)$/.exec(name) ?? [])
    : [];
  if (role === undefined) return null;
  return (role === "master" ? 10 : 20) + Number(digits);
}

function hashedPlace(range: Cidr, name: string): number {
  const half = Math.floor(addressCount(range) / 2);
  return half + (parseInt(sha256(name).slice(0, 8), 16) % (half - reservedAtEachEnd));
}
