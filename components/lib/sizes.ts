import * as v from "valibot";

const size = v.strictObject({
  vcpus: v.pipe(v.number(), v.integer()),
  memoryMib: v.pipe(v.number(), v.integer()),
  diskGib: v.pipe(v.number(), v.integer()),
  monthlyUsd: v.number(),
});

const table = v.strictObject({
  about: v.string(),
  checked: v.pipe(v.string(), v.isoDate()),
  sources: v.array(v.pipe(v.string(), v.url())),
  sizes: v.record(v.string(), size),
  regions: v.record(v.string(), v.strictObject({ reservedCidrs: v.array(v.string()) })),
  reservedCidrs: v.array(v.string()),
  images: v.record(v.string(), v.strictObject({ architecture: v.picklist(["amd64", "arm64"]) })),
});

/**
 * What a cloud offers: sizes with list prices, regions, images, and the ranges that a private network
 * cannot have there (`reservedCidrs`, everywhere and per region). `checked` says when it was looked up.
 */
export type CloudTable = v.InferOutput<typeof table>;

/**
 * Reads a table of `assets/`, e.g. digitalocean.json.
 * @throws ValiError when the table is malformed, which is a fault of the asset and not of the stack
 */
export function parseCloudTable(text: string): CloudTable {
  return v.parse(table, JSON.parse(text));
}
