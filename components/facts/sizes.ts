import * as v from "valibot";

const size = v.strictObject({
  vcpus: v.pipe(v.number(), v.integer()),
  memoryMib: v.pipe(v.number(), v.integer()),
  diskGib: v.pipe(v.number(), v.integer()),
  monthlyUsd: v.number(),
});

const region = v.strictObject({
  reservedCidrs: v.array(v.string()),
  /** Whether a private network can be made there. @default true */
  hasVpc: v.optional(v.boolean()),
  /** Where to go instead of a region without. */
  nearestWithVpc: v.optional(v.string()),
  /** What list prices are multiplied by there. @default 1 */
  priceFactor: v.optional(v.number()),
});

const table = v.strictObject({
  about: v.string(),
  checked: v.pipe(v.string(), v.isoDate()),
  sources: v.array(v.pipe(v.string(), v.url())),
  sizes: v.record(v.string(), size),
  regions: v.record(v.string(), region),
  reservedCidrs: v.array(v.string()),
  images: v.record(v.string(), v.strictObject({ architecture: v.picklist(["amd64", "arm64"]) })),
});

/**
 * What a cloud offers: sizes with list prices, regions, images, and the ranges that a private network
 * cannot have there (`reservedCidrs`, everywhere and per region). `checked` says when it was looked up.
 */
export type CloudTable = v.InferOutput<typeof table>;

/** The list price there: `monthlyUsd` times the region's factor, to the cent. */
export function priceIn(
  where: CloudTable["regions"][string] | undefined,
  monthlyUsd: number,
): number {
  return Math.round(monthlyUsd * (where?.priceFactor ?? 1) * 100) / 100;
}

/**
 * Reads a table of `assets/`, e.g. digitalocean.json.
 * @throws ValiError when the table is malformed, which is a fault of the asset and not of the stack
 */
export function parseCloudTable(text: string): CloudTable {
  return v.parse(table, JSON.parse(text));
}
