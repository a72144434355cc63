import { describe, expect, test } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";
import { formatCidr, parseCidr } from "../../components/lib/cidr.ts";
import { parseCloudTable, priceIn } from "../../components/facts/sizes.ts";

const digitalocean = parseCloudTable(readAsset("digitalocean.json"));
const linode = parseCloudTable(readAsset("linode.json"));

describe.each([
  ["digitalocean", digitalocean],
  ["linode", linode],
])("the table of %s", (_name, table) => {
  test("writes every reserved range by its first address", () => {
    const regions = Object.values(table.regions).flatMap((region) => region.reservedCidrs);
    for (const text of [...table.reservedCidrs, ...regions]) {
      const range = parseCidr(text);
      expect(range && formatCidr(range)).toBe(text);
    }
  });

  test("says when and where it was looked up", () => {
    expect(table.checked).toMatch(/^2\d{3}-\d\d-\d\d$/);
    expect(table.sources.length).toBeGreaterThan(0);
  });

  test("names a region with VPCs for every region without", () => {
    for (const [name, { hasVpc, nearestWithVpc = "" }] of Object.entries(table.regions)) {
      if (hasVpc !== false) continue;
      expect([name, table.regions[nearestWithVpc]?.hasVpc]).toEqual([name, true]);
    }
  });
});

test("every size of DigitalOcean is what its name says", () => {
  for (const [slug, { vcpus, memoryMib }] of Object.entries(digitalocean.sizes)) {
    const [, cpus, amount, unit] = /^s-(\d+)vcpu-(\d+)(mb|gb)/.exec(slug) ?? [];
    expect([slug, vcpus]).toEqual([slug, Number(cpus)]);
    expect([slug, memoryMib]).toEqual([slug, Number(amount) * (unit === "gb" ? 1024 : 1)]);
  }
});

test("Linode has 34 regions, of which 11 have no VPCs and two cost more", () => {
  const regions = Object.values(linode.regions);
  expect(regions.length).toBe(34);
  expect(regions.filter(({ hasVpc }) => hasVpc === false).length).toBe(11);
  expect(regions.flatMap(({ priceFactor }) => priceFactor ?? []).sort()).toEqual([1.2, 1.4]);
});

test("Linode's surcharges are what its own price list has, to the cent", () => {
  const prices = (region: string) =>
    ["g6-nanode-1", "g6-standard-1", "g6-standard-2"].map((slug) =>
      priceIn(linode.regions[region], linode.sizes[slug]?.monthlyUsd ?? 0),
    );
  expect(prices("nl-ams")).toEqual([5, 12, 24]);
  expect(prices("id-cgk")).toEqual([6, 14.4, 28.8]);
  expect(prices("br-gru")).toEqual([7, 16.8, 33.6]);
});

test("fails to read a size without a price", () => {
  const broken = readAsset("digitalocean.json").replace(', "monthlyUsd": 4 ', " ");
  expect(() => parseCloudTable(broken)).toThrow(/monthlyUsd/);
});
