import { expect, test } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";
import { formatCidr, parseCidr } from "../../components/lib/cidr.ts";
import { parseCloudTable } from "../../components/lib/sizes.ts";

const table = parseCloudTable(readAsset("digitalocean.json"));

test("every size is what its name says", () => {
  for (const [slug, { vcpus, memoryMib }] of Object.entries(table.sizes)) {
    const [, cpus, amount, unit] = /^s-(\d+)vcpu-(\d+)(mb|gb)/.exec(slug) ?? [];
    expect([slug, vcpus]).toEqual([slug, Number(cpus)]);
    expect([slug, memoryMib]).toEqual([slug, Number(amount) * (unit === "gb" ? 1024 : 1)]);
  }
});

test("every reserved range is written by its first address", () => {
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

test("fails to read a size without a price", () => {
  const broken = readAsset("digitalocean.json").replace(', "monthlyUsd": 4 ', " ");
  expect(() => parseCloudTable(broken)).toThrow(/monthlyUsd/);
});
