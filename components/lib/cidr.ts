/** An IPv4 address as a number from 0 to 2^32 - 1. */
export type Ipv4 = number;

/** An IPv4 range; `first` has no bit set beyond `prefix`. */
export interface Cidr {
  readonly first: Ipv4;
  /** 0 to 32. */
  readonly prefix: number;
}

/** Ranges that no network may use for its own hosts: this host, loopback, link-local, multicast and reserved. */
const unusable = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map(cidr);

/** @see https://www.rfc-editor.org/rfc/rfc1918 */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(cidr);

/** The address in dotted form; null when it is not exactly four numbers from 0 to 255 without leading zeros. */
export function parseIpv4(text: string): Ipv4 | null {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return null;
  const parts = text.split(".").map(Number);
  if (parts.some((part) => part > 255)) return null;
  return parts.reduce((address, part) => address * 256 + part, 0);
}

/** The dotted form of an address. */
export function formatIpv4(address: Ipv4): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/**
 * The range that a text such as `10.0.3.7/16` lies in, here 10.0.0.0/16; null when it is none.
 * Compare with `formatCidr` to see whether the text named the range by its first address.
 */
export function parseCidr(text: string): Cidr | null {
  const [, dotted = "", digits = ""] = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(text) ?? [];
  const address = parseIpv4(dotted);
  if (address === null) return null;
  const prefix = Number(digits);
  return { first: address - (address % 2 ** (32 - prefix)), prefix };
}

/** Like `parseCidr`, for texts that are known to be right. */
export function cidr(text: string): Cidr {
  const range = parseCidr(text);
  if (range === null) throw new RangeError(`not an IPv4 range: ${text}`);
  return range;
}

/** `10.0.0.0/16` */
export function formatCidr({ first, prefix }: Cidr): string {
  return `${formatIpv4(first)}/${String(prefix)}`;
}

/** Number of addresses, network and broadcast address included. */
export function addressCount({ prefix }: Cidr): number {
  return 2 ** (32 - prefix);
}

/**
 * The n-th address counted from the range's own, which is the 0th.
 * @throws RangeError when the range has no such address
 */
export function nthAddress(range: Cidr, n: number): string {
  if (n < 0 || n >= addressCount(range)) {
    throw new RangeError(`${formatCidr(range)} has no address number ${n}`);
  }
  return formatIpv4(range.first + n);
}

/** How many ranges of the given prefix fit; 0 when it is larger than the range itself. */
export function subnetCount(range: Cidr, prefix: number): number {
  return prefix < range.prefix ? 0 : 2 ** (prefix - range.prefix);
}

/** The longest prefix whose range still holds `count` ranges of the prefix `subnetPrefix`. */
export function prefixForSubnets(count: number, subnetPrefix: number): number {
  return subnetPrefix - Math.ceil(Math.log2(count));
}

/** Whether every address of `inner` is in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return (
    inner.prefix >= outer.prefix &&
    inner.first >= outer.first &&
    inner.first < outer.first + addressCount(outer)
  );
}

/** Whether the two ranges share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return contains(a, b) || contains(b, a);
}

/** Whether the whole range is private by RFC 1918. */
export function isPrivate(range: Cidr): boolean {
  return privateRanges.some((outer) => contains(outer, range));
}

/** Whether hosts, pods or Services may have all addresses of the range. */
export function isUsable(range: Cidr): boolean {
  return !unusable.some((other) => overlaps(other, range));
}
