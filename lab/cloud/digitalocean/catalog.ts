/** A size as `GET /v2/sizes` lists it; USD before tax. */
export interface Size {
  readonly slug: string;
  /** MiB */
  readonly memory: number;
  readonly vcpus: number;
  /** GiB */
  readonly disk: number;
  /** TiB a month */
  readonly transfer: number;
  readonly price_monthly: number;
  readonly price_hourly: number;
  readonly regions: readonly string[];
  readonly available: boolean;
  readonly description: string;
}

export interface Region {
  readonly slug: string;
  readonly name: string;
  readonly available: boolean;
  readonly features: readonly string[];
  readonly sizes: readonly string[];
}

export interface Image {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly distribution: string;
  /** The lab has a root file system for it. */
  readonly inLab: boolean;
}

const open: readonly (readonly [slug: string, name: string])[] = [
  ["ams3", "Amsterdam 3"],
  ["atl1", "Atlanta 1"],
  ["blr1", "Bangalore 1"],
  ["fra1", "Frankfurt 1"],
  ["lon1", "London 1"],
  ["nyc1", "New York 1"],
  ["nyc3", "New York 3"],
  ["sfo2", "San Francisco 2"],
  ["sfo3", "San Francisco 3"],
  ["sgp1", "Singapore 1"],
  ["syd1", "Sydney 1"],
  ["tor1", "Toronto 1"],
];
const closed: typeof open = [
  ["ams2", "Amsterdam 2"],
  ["nyc2", "New York 2"],
  ["sfo1", "San Francisco 1"],
];
const everywhere = open.map(([slug]) => slug);

function basic(
  slug: string,
  [vcpus, memory, disk, transfer]: readonly [number, number, number, number],
  [monthly, hourly]: readonly [number, number],
  regions: readonly string[] = everywhere,
): Size {
  return {
    slug,
    memory,
    vcpus,
    disk,
    transfer,
    price_monthly: monthly,
    price_hourly: hourly,
    regions,
    available: true,
    description: "Basic",
  };
}

/**
 * Basic sizes with regular CPUs, list prices of November 2026.
 * @see https://docs.digitalocean.com/products/droplets/details/pricing/
 */
export const sizes: readonly Size[] = [
  // the smallest is offered in some regions only
  basic(
    "s-1vcpu-512mb-10gb",
    [1, 512, 10, 0.5],
    [4, 0.00595],
    ["ams3", "fra1", "nyc1", "sfo3", "sgp1", "syd1"],
  ),
  basic("s-1vcpu-1gb", [1, 1024, 25, 1], [6, 0.00893]),
  basic("s-1vcpu-2gb", [1, 2048, 50, 2], [12, 0.01786]),
  basic("s-2vcpu-2gb", [2, 2048, 60, 3], [18, 0.02679]),
  basic("s-2vcpu-4gb", [2, 4096, 80, 4], [24, 0.03571]),
  basic("s-4vcpu-8gb", [4, 8192, 160, 5], [48, 0.07143]),
  basic("s-8vcpu-16gb", [8, 16_384, 320, 6], [96, 0.14286]),
];

const features = ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"];

export const regions: readonly Region[] = [
  ...open.map(([slug, name]) => ({
    slug,
    name,
    available: true,
    features,
    sizes: sizes.filter((size) => size.regions.includes(slug)).map((size) => size.slug),
  })),
  ...closed.map(([slug, name]) => ({ slug, name, available: false, features, sizes: [] })),
];

/** Images by the slugs that users of this project meet; only one of them can be made in the lab. */
export const images: readonly Image[] = [
  { id: 1, slug: "debian-12-x64", name: "12 x64", distribution: "Debian", inLab: true },
  { id: 2, slug: "debian-13-x64", name: "13 x64", distribution: "Debian", inLab: false },
  {
    id: 3,
    slug: "ubuntu-22-04-x64",
    name: "22.04 (LTS) x64",
    distribution: "Ubuntu",
    inLab: false,
  },
  {
    id: 4,
    slug: "ubuntu-24-04-x64",
    name: "24.04 (LTS) x64",
    distribution: "Ubuntu",
    inLab: false,
  },
];

export const sizeNamed = (slug: string): Size | undefined =>
  sizes.find((size) => size.slug === slug.toLowerCase());

export const regionNamed = (slug: string): Region | undefined =>
  regions.find((region) => region.slug === slug.toLowerCase());

/** By slug or id. */
export const imageNamed = (name: string | number): Image | undefined =>
  images.find((image) => image.slug === name || image.id === Number(name));
