import { closest, suggestion } from "../lib/suggest.ts";
import type { CloudTable } from "../lib/sizes.ts";
import type { ProviderSpec, SizeSpec } from "../spec.ts";
import type { Machinery } from "./nodes.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";
import { checkUrl } from "./url.ts";

/** The providers there are; each joins `ProviderSpec` and `checks`. */
export const providers = ["digitalocean"] as const satisfies readonly ProviderSpec["kind"][];

/** Memory that a control plane, or a worker with its add-ons, needs at least. */
const minMemoryMib = 1024;

/** Keys of the namespace `digitalocean` that are read; the plugin's other keys have no effect here. */
const digitaloceanKeys = ["token", "apiEndpoint"];

/** What a stack says to one provider, and the table of what that provider has. */
export interface ProviderInput {
  readonly draft: Draft;
  /** Values of the provider's own namespace by key, e.g. `apiEndpoint`. */
  readonly ownValues: Readonly<Record<string, string>>;
  readonly table: CloudTable;
}

/** The kind of provider; an unknown one is reported and taken for the default. */
export function checkKind(draft: Draft, problems: Problems): ProviderSpec["kind"] {
  const got = draft.provider ?? "digitalocean";
  if (isProvider(got)) return got;
  problems.add("provider", { wrong: "unknown provider", got, fix: suggestion(got, providers) });
  return "digitalocean";
}

function isProvider(name: string): name is ProviderSpec["kind"] {
  return (providers as readonly string[]).includes(name);
}

/** What a provider's part of the config comes to. */
export interface CheckedProvider {
  readonly provider: ProviderSpec;
  /** How its machines are made. */
  readonly machinery: Machinery;
  /** Ranges that it keeps for itself where the cluster is. */
  readonly reservedCidrs: readonly string[];
}

type Check = (input: ProviderInput, problems: Problems) => CheckedProvider;

/** One per provider; a provider without one does not compile. */
const checks: Readonly<Record<ProviderSpec["kind"], Check>> = { digitalocean: checkDigitalOcean };

/** Everything about the provider of the stack. */
export function checkProvider(
  kind: ProviderSpec["kind"],
  input: ProviderInput,
  problems: Problems,
): CheckedProvider {
  return checks[kind](input, problems);
}

function checkDigitalOcean(
  { draft, ownValues, table }: ProviderInput,
  problems: Problems,
): CheckedProvider {
  const region = checkEntry("region", draft.region ?? "fra1", table.regions, problems);
  const image = checkEntry("image", draft.image ?? "debian-12-x64", table.images, problems);
  checkOwnKeys(ownValues, problems);
  const apiEndpoint = checkUrl(
    "digitalocean:apiEndpoint",
    ownValues["apiEndpoint"],
    "https://api.digitalocean.com",
    problems,
  );
  const provider: ProviderSpec = {
    kind: "digitalocean",
    region: region.name,
    image: image.name,
    apiEndpoint,
  };
  const machinery: Machinery = {
    architecture: image.entry?.architecture ?? "amd64",
    sizeOf: (path, slug) => checkSize(path, slug, table, problems),
  };
  const reservedCidrs = [...table.reservedCidrs, ...(region.entry?.reservedCidrs ?? [])];
  return { provider, machinery, reservedCidrs };
}

function checkOwnKeys(ownValues: Readonly<Record<string, string>>, problems: Problems): void {
  for (const key of Object.keys(ownValues)) {
    if (digitaloceanKeys.includes(key)) continue;
    // The value is not shown: it may be a token under a wrong name.
    const meant = closest(key, digitaloceanKeys);
    const fix =
      meant === null
        ? `use one of ${digitaloceanKeys.join(", ")}`
        : `did you mean "digitalocean:${meant}"?`;
    problems.add(`digitalocean:${key}`, { wrong: "unknown key", fix });
  }
}

function checkEntry<T>(
  key: "region" | "image",
  got: string,
  entries: Readonly<Record<string, T>>,
  problems: Problems,
): { name: string; entry: T | undefined } {
  const entry = Object.hasOwn(entries, got) ? entries[got] : undefined;
  if (entry === undefined && problems.areSound("provider")) {
    const fix = suggestion(got, Object.keys(entries));
    problems.add(key, { wrong: `no such ${key} on digitalocean`, got, fix });
  }
  return { name: got, entry };
}

function checkSize(path: string, slug: string, table: CloudTable, problems: Problems): SizeSpec {
  const size = Object.hasOwn(table.sizes, slug) ? table.sizes[slug] : undefined;
  if (size === undefined) {
    if (problems.areSound("provider", path)) {
      const fix = suggestion(slug, Object.keys(table.sizes));
      problems.add(path, { wrong: "no such size on digitalocean", got: slug, fix });
    }
    return { slug, vcpus: 1, memoryMib: minMemoryMib, diskGib: 25, monthlyUsd: null };
  }
  if (size.memoryMib < minMemoryMib) {
    const wrong = `${size.memoryMib} MiB of memory is too little`;
    const fix = `use a size of ${minMemoryMib} MiB or more, e.g. s-1vcpu-1gb`;
    problems.add(path, { wrong, got: slug, fix });
  }
  return { slug, ...size };
}
