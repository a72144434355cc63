import { suggestion } from "../../lib/suggest.ts";
import { priceIn, type CloudTable } from "../../facts/sizes.ts";
import type { ProviderSpec, SizeSpec } from "../../spec.ts";
import type { Problems } from "../problems.ts";
import type { Draft } from "../schema.ts";
import type { Machinery } from "./checked-provider.ts";

/** Memory that a control plane, or a worker with its add-ons, needs at least. */
const minMemoryMib = 1024;

/** One cloud, as its table in assets has it, and what it takes for what a stack leaves out. */
export interface CloudOffer {
  readonly kind: ProviderSpec["kind"];
  readonly table: CloudTable;
  readonly standards: { readonly region: string; readonly image: string; readonly size: string };
}

/** The region, the machines and the reserved ranges of a stack on a cloud. */
export function checkCloud(
  draft: Draft,
  offer: CloudOffer,
  problems: Problems,
): {
  readonly region: string;
  readonly machinery: Machinery;
  readonly reservedCidrs: readonly string[];
} {
  const { table, standards } = offer;
  // An empty text is how Pulumi.yaml says: what the provider takes.
  const region = orStandard(draft.region, standards.region);
  const usable = Object.keys(table.regions).filter((id) => table.regions[id]?.hasVpc !== false);
  const found = entryOf(
    "region",
    { got: region, of: table.regions, meant: usable },
    offer,
    problems,
  );
  if (found?.hasVpc === false) {
    const fix = `use one that has, e.g. ${found.nearestWithVpc ?? standards.region}`;
    problems.add("region", { wrong: "has no VPCs, which the nodes need", got: region, fix });
  }
  const machinery: Machinery = {
    standardSize: standards.size,
    standardImage: orStandard(draft.image, standards.image),
    sizeOf: (path, slug) => {
      if (draft.allowUnknownSize === true && !Object.hasOwn(table.sizes, slug)) {
        return unknownSize(slug);
      }
      const size = checkSize(path, slug, offer, problems);
      return size.monthlyUsd === null
        ? size
        : { ...size, monthlyUsd: priceIn(found, size.monthlyUsd) };
    },
    imageOf: (path, got) =>
      entryOf(path, { got, of: table.images, what: "image" }, offer, problems)?.architecture ??
      "amd64",
  };
  const reservedCidrs = [...table.reservedCidrs, ...(found?.reservedCidrs ?? [])];
  return { region, machinery, reservedCidrs };
}

function orStandard(given: string | undefined, standard: string): string {
  return given === undefined || given === "" ? standard : given;
}

interface Lookup<T> {
  readonly got: string;
  readonly of: Readonly<Record<string, T>>;
  /** What may be written instead. @default - all there are */
  readonly meant?: readonly string[];
  /** @default - the path */
  readonly what?: string;
}

function entryOf<T>(
  path: string,
  { got, of: entries, meant = Object.keys(entries), what = path }: Lookup<T>,
  { kind }: CloudOffer,
  problems: Problems,
): T | undefined {
  if (Object.hasOwn(entries, got)) return entries[got];
  if (problems.areSound("provider", path)) {
    const fix = suggestion(got, meant);
    problems.add(path, { wrong: `no such ${what} on ${kind}`, got, fix });
  }
  return undefined;
}

/** A size that is newer than our table: the cloud says whether it exists, and what it costs. */
function unknownSize(slug: string): SizeSpec {
  return { slug, vcpus: 1, memoryMib: minMemoryMib, diskGib: 25, monthlyUsd: null };
}

function checkSize(path: string, slug: string, offer: CloudOffer, problems: Problems): SizeSpec {
  const { sizes } = offer.table;
  const size = Object.hasOwn(sizes, slug) ? sizes[slug] : undefined;
  if (size === undefined) {
    if (problems.areSound("provider", path)) {
      const fix = `${suggestion(slug, Object.keys(sizes))} (one that our table lacks: allowUnknownSize: true)`;
      problems.add(path, { wrong: `no such size on ${offer.kind}`, got: slug, fix });
    }
    return unknownSize(slug);
  }
  if (size.memoryMib < minMemoryMib) {
    const wrong = `${size.memoryMib} MiB of memory is too little`;
    const fix = `use a size of ${minMemoryMib} MiB or more, e.g. ${offer.standards.size}`;
    problems.add(path, { wrong, got: slug, fix });
  }
  return { slug, ...size };
}
