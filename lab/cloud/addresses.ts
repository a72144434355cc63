/** An IPv4 range: `base` and all addresses that share its first `prefix` bits. */
export interface Range {
  readonly base: number;
  readonly prefix: number;
}

/** The address as a number, or null when the text is none. */
export function parseAddress(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts?.every((part) => part <= 255) !== true) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** The range as written, base not masked, or null when the text is none. */
export function parseRange(text: string): Range | null {
  const [address = "", bits = "", ...rest] = text.split("/");
  const base = parseAddress(address);
  if (base === null || rest.length > 0 || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return null;
  return { base, prefix: Number(bits) };
}

/** The range that a text, known to be one, names. */
export function knownRange(text: string): Range {
  const range = parseRange(text);
  if (range === null) throw new Error(`not an IPv4 range: ${text}`);
  return range;
}

/** The lab's public addresses; 10.240.0.x are its own. */
export const publicRange: Range = { base: 0x0af0_0000, prefix: 16 };

export const sizeOf = ({ prefix }: Range): number => 2 ** (32 - prefix);

/** First address of the range. */
export function firstOf(range: Range): number {
  return range.base - (range.base % sizeOf(range));
}

export const contains = (outer: Range, inner: Range): boolean =>
  outer.prefix <= inner.prefix && overlap(outer, inner);

export function overlap(one: Range, other: Range): boolean {
  return (
    firstOf(one) < firstOf(other) + sizeOf(other) && firstOf(other) < firstOf(one) + sizeOf(one)
  );
}

export const formatRange = (range: Range): string =>
  `${formatAddress(firstOf(range))}/${range.prefix}`;

/** The netmask of a range, e.g. "255.255.240.0". */
export const netmaskOf = (range: Range): string => formatAddress(2 ** 32 - sizeOf(range));

/**
 * Lowest address of the range that is not taken.
 * @param skip - addresses left out at the range's start
 * @param skipLast - and at its end, the broadcast address among them
 * @returns null when the range is full
 */
export function lowestFree(
  range: Range,
  skip: number,
  taken: readonly string[],
  skipLast = 1,
): string | null {
  const used = new Set(taken);
  const end = firstOf(range) + sizeOf(range) - skipLast;
  for (let address = firstOf(range) + skip; address < end; address++) {
    const text = formatAddress(address);
    if (!used.has(text)) return text;
  }
  return null;
}
