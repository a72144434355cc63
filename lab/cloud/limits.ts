import { formatRange, knownRange, lowestFree, overlap, publicRange } from "./addresses.ts";
import type { Clouds } from "./model.ts";

/** Something that real clouds can have at once and the lab, with one network under all of them, cannot. */
export class LabLimit extends Error {
  override readonly name = "LabLimit";
}

/**
 * Checks what is true of the lab and of no real cloud: all private addresses lie in one table of routes.
 * @throws LabLimit
 */
export function checkLimits(clouds: Clouds): void {
  const subnets = Object.values(clouds).flatMap(({ networks }) =>
    networks.flatMap(({ name, subnets: own }) =>
      own.map(({ ipRange }) => ({ name, ipRange, range: knownRange(ipRange) })),
    ),
  );
  for (const [index, { name, ipRange, range }] of subnets.entries()) {
    const other = subnets.slice(0, index).find((earlier) => overlap(earlier.range, range));
    if (other) {
      throw new LabLimit(
        `range ${ipRange} of ${name} beside ${other.ipRange} of ${other.name}, which it overlaps, is not available in the lab's cloud`,
      );
    }
    if (overlap(range, publicRange)) {
      throw new LabLimit(
        `range ${ipRange} of ${name}, which overlaps the lab's public addresses ${formatRange(publicRange)}, is not available in the lab's cloud`,
      );
    }
  }
}

/**
 * A public address that no machine has.
 * @param block - third part of the address to begin with: 1 or more
 * @throws LabLimit when none is left
 */
export function freePublicAddress(taken: readonly string[], block: number): string {
  const address = lowestFree(publicRange, block * 256 + 1, taken);
  if (address === null) throw new LabLimit("another public address is not available in the lab");
  return address;
}
