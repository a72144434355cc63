/** A plan; USD before tax. */
export interface Plan {
  readonly id: string;
  readonly label: string;
  readonly class: "nanode" | "standard";
  /** MiB */
  readonly memory: number;
  /** MiB */
  readonly disk: number;
  readonly vcpus: number;
  /** GB a month */
  readonly transfer: number;
  readonly price: { readonly hourly: number; readonly monthly: number };
  readonly region_prices: readonly {
    readonly id: string;
    readonly hourly: number;
    readonly monthly: number;
  }[];
  readonly backups: { readonly hourly: number; readonly monthly: number };
}

export interface Region {
  readonly id: string;
  readonly label: string;
  readonly country: string;
  readonly capabilities: readonly string[];
}

export interface Image {
  readonly id: string;
  readonly label: string;
  readonly vendor: string;
  /** MB */
  readonly size: number;
  readonly created: string;
  /** The lab has a root file system for it. */
  readonly inLab: boolean;
}

type Price = readonly [hourly: number, monthly: number];

function plan(
  id: string,
  label: string,
  [vcpus, memory, disk, transfer]: readonly [number, number, number, number],
  [hourly, monthly]: Price,
  surcharges: readonly [jakarta: Price, saoPaulo: Price],
  [backupsHourly, backupsMonthly]: Price,
): Plan {
  const dear = ["id-cgk", "br-gru"];
  return {
    id,
    label,
    class: id.includes("nanode") ? "nanode" : "standard",
    memory,
    disk,
    vcpus,
    transfer,
    price: { hourly, monthly },
    region_prices: surcharges.map((price, index) => ({
      id: dear[index] ?? "",
      hourly: price[0],
      monthly: price[1],
    })),
    backups: { hourly: backupsHourly, monthly: backupsMonthly },
  };
}

/**
 * Shared CPU plans, list prices of November 2026; two regions are dearer.
 * @see https://api.linode.com/v4/linode/types
 */
export const plans: readonly Plan[] = [
  plan(
    "g6-nanode-1",
    "Nanode 1GB",
    [1, 1024, 25_600, 1000],
    [0.0075, 5],
    [
      [0.009, 6],
      [0.0105, 7],
    ],
    [0.003, 2],
  ),
  plan(
    "g6-standard-1",
    "Linode 2GB",
    [1, 2048, 51_200, 2000],
    [0.018, 12],
    [
      [0.022, 14.4],
      [0.025, 16.8],
    ],
    [0.004, 2.5],
  ),
  plan(
    "g6-standard-2",
    "Linode 4GB",
    [2, 4096, 81_920, 4000],
    [0.036, 24],
    [
      [0.043, 28.8],
      [0.05, 33.6],
    ],
    [0.008, 5],
  ),
  plan(
    "g6-standard-4",
    "Linode 8GB",
    [4, 8192, 163_840, 5000],
    [0.072, 48],
    [
      [0.086, 57.6],
      [0.101, 67.2],
    ],
    [0.015, 10],
  ),
];

const everywhere = [
  "Linodes",
  "Block Storage",
  "Backups",
  "NodeBalancers",
  "Metadata",
  "Cloud Firewall",
];

const withVpcs: readonly (readonly [id: string, label: string])[] = [
  ["au-mel", "Melbourne, AU"],
  ["br-gru", "Sao Paulo, BR"],
  ["de-fra-2", "Frankfurt 2, DE"],
  ["es-mad", "Madrid, ES"],
  ["fr-par", "Paris, FR"],
  ["fr-par-2", "Paris 2, FR"],
  ["gb-lon", "London 2, UK"],
  ["id-cgk", "Jakarta, ID"],
  ["in-bom-2", "Mumbai 2, IN"],
  ["in-maa", "Chennai, IN"],
  ["it-mil", "Milan, IT"],
  ["jp-osa", "Osaka, JP"],
  ["jp-tyo-3", "Tokyo 3, JP"],
  ["nl-ams", "Amsterdam, NL"],
  ["no-osl-1", "Oslo, NO"],
  ["se-sto", "Stockholm, SE"],
  ["sg-sin-2", "Singapore 2, SG"],
  ["us-iad", "Washington, DC"],
  ["us-iad-2", "Washington 2, DC"],
  ["us-lax", "Los Angeles, CA"],
  ["us-mia", "Miami, FL"],
  ["us-ord", "Chicago, IL"],
  ["us-sea", "Seattle, WA"],
];

/** The old regions, which never got VPCs. */
const withoutVpcs: typeof withVpcs = [
  ["ap-northeast", "Tokyo 2, JP"],
  ["ap-south", "Singapore, SG"],
  ["ap-southeast", "Sydney, AU"],
  ["ap-west", "Mumbai, IN"],
  ["ca-central", "Toronto, CA"],
  ["eu-central", "Frankfurt, DE"],
  ["eu-west", "London, UK"],
  ["us-central", "Dallas, TX"],
  ["us-east", "Newark, NJ"],
  ["us-southeast", "Atlanta, GA"],
  ["us-west", "Fremont, CA"],
];

function region([id, label]: (typeof withVpcs)[number], capabilities: readonly string[]): Region {
  const place = label.slice(-2).toLowerCase();
  return {
    id,
    label,
    country: id.startsWith("us-") ? "us" : place === "uk" ? "gb" : place,
    capabilities,
  };
}

/** @see https://api.linode.com/v4/regions */
export const regions: readonly Region[] = [
  ...withVpcs.map((named) => region(named, [...everywhere, "VPCs"])),
  ...withoutVpcs.map((named) => region(named, everywhere)),
];

/** Images by the ids that users of this project meet; only one of them can be made in the lab. */
export const images: readonly Image[] = [
  {
    id: "linode/debian12",
    label: "Debian 12",
    vendor: "Debian",
    size: 1800,
    created: "2023-06-28T00:00:00",
    inLab: true,
  },
  {
    id: "linode/debian13",
    label: "Debian 13",
    vendor: "Debian",
    size: 1800,
    created: "2025-08-13T00:00:00",
    inLab: false,
  },
  {
    id: "linode/ubuntu22.04",
    label: "Ubuntu 22.04 LTS",
    vendor: "Ubuntu",
    size: 3500,
    created: "2022-04-21T00:00:00",
    inLab: false,
  },
  {
    id: "linode/ubuntu24.04",
    label: "Ubuntu 24.04 LTS",
    vendor: "Ubuntu",
    size: 3500,
    created: "2024-04-25T00:00:00",
    inLab: false,
  },
];

export const planNamed = (id: string): Plan | undefined => plans.find((plan) => plan.id === id);

export const regionNamed = (id: string): Region | undefined =>
  regions.find((region) => region.id === id);

export const imageNamed = (id: string): Image | undefined =>
  images.find((image) => image.id === id);
