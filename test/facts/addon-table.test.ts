import { describe, expect, test } from "vitest";
import {
  addonImages,
  addonNames,
  addonTable,
  addonsInUse,
  imagesToPull,
  switchedAddons,
  type AddonRow,
} from "../../components/facts/addon-table.ts";
import { parseLock } from "../../components/facts/artifacts.ts";
import { readAsset, readProjectFile } from "../../components/lib/assets.ts";
import { imageRecipes } from "../../lab/mirror/images.ts";
import { clusterGraph } from "../support/cluster.ts";
import { configOf, minimal } from "../support/stack.ts";

const rows = addonNames.map((name): AddonRow => addonTable[name]);
const images = Object.keys(addonImages);
const lock = parseLock(readAsset("versions.json"));

describe("the table of add-ons", () => {
  test.each(images)("names an image that the artifact lock has by default: %s", (name) => {
    const version = lock.defaults[addonImages[name] ?? ""];
    expect(
      lock.images.filter((image) => image.name === name && image.version === version),
    ).toHaveLength(1);
  });

  test("names no image that the lab's mirror cannot build, but for the one that has to be imported", () => {
    expect(images.filter((name) => !(name in imageRecipes))).toEqual(["nginx-ingress"]);
  });

  test("needs only what there is, and no add-on needs itself in the end", () => {
    const needsOf = (key: string) =>
      rows.filter((row) => row.key === key).flatMap(({ needs }) => needs);
    const reach = (key: string, past: readonly string[]): string[] =>
      past.includes(key) ? [key] : needsOf(key).flatMap((next) => reach(next, [...past, key]));
    for (const { key, needs } of rows) {
      expect(rows.map((row) => row.key)).toEqual(expect.arrayContaining([...needs]));
      expect(reach(key, [])).toEqual([]);
    }
  });

  test("lets everything that has pods need the pod network", () => {
    const needed = (row: AddonRow): string[] =>
      row.needs.flatMap((key) => [
        key,
        ...rows.filter((other) => other.key === key).flatMap(needed),
      ]);
    const withPods = rows.filter(({ runsOn, key }) => runsOn !== null && key !== "addons.flannel");
    for (const row of withPods) expect(needed(row), row.title).toContain("addons.flannel");
  });

  test("fetches ahead, on every worker, what runs on several of them", async () => {
    const graph = await clusterGraph({ ingress: { controller: "traefik" } });
    const { stdin } = graph.one("command:remote:Command", "worker-1-images").inputs;
    const pulled = String(stdin).match(/[\w-]+(?=@sha256)/g);
    expect(pulled).toEqual(["pause", "flannel-cni-plugin", "flannel", "coredns", "traefik"]);
    expect(imagesToPull).not.toContain("metrics-server");
  });

  test("has its switches in the schema and in the docs", () => {
    const { addons } = configOf(minimal).spec;
    const docs = readProjectFile("docs/addons.md");
    const schema = readProjectFile("Pulumi.yaml");
    for (const name of switchedAddons) {
      expect(addons[name].isEnabled).toBe(true);
      expect(schema).toContain(name);
    }
    for (const { key } of rows) expect(docs).toContain(`\`${key}`);
  });

  test("gives only what is on", () => {
    const off = { enabled: false };
    const { addons } = configOf({ ...minimal, ingress: off, addons: { certManager: off } }).spec;
    expect(addonsInUse(addons).map(({ title }) => title)).toEqual([
      "flannel",
      "CoreDNS",
      "metrics-server",
    ]);
  });
});
