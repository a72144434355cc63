import { describe, expect, it } from "vitest";
import { graphOfSpec } from "../support/cluster.ts";
import type { Graph } from "../support/graph.ts";
import { sampleSpec } from "../support/sample.ts";

const masters = ["master-1", "master-2", "master-3"];
const clouds = {
  digitalocean: ["digitalocean:index/droplet:Droplet", {}],
  linode: ["linode:index/instance:Instance", { provider: "linode", region: "nl-ams" }],
} as const;

describe.each(["digitalocean", "linode"] as const)("on %s", (cloud) => {
  const [type, values] = clouds[cloud];
  const planOf = (count: number, existing: readonly string[]) =>
    graphOfSpec(sampleSpec({ ...values, controlPlane: { count } }), "preview", undefined, existing);
  const waitsFor = (graph: Graph, machine: string) =>
    (graph.one(type, machine).opts.dependsOn as { __name?: string }[])
      .map(({ __name = "" }) => __name)
      .filter((name) => name.endsWith("-settled"));

  it("a control-plane machine gets another size when the one before is back", async () => {
    const graph = await planOf(
      3,
      masters.map((name) => `${name}-settled`),
    );
    expect(masters.map((name) => waitsFor(graph, name))).toEqual([
      [],
      ["master-1-settled"],
      ["master-2-settled"],
    ]);
    const { inputs } = graph.one("command:remote:Command", "master-1-settled");
    const { size, type: plan } = graph.one(type, "master-1").inputs;
    expect(inputs["create"]).toBe(`true ${String(size ?? plan)}`);
    expect(inputs["update"]).toContain("/readyz");
  }, 120_000);

  it("machines that are new, and one alone, wait for none", async () => {
    const first = await planOf(3, []);
    expect(masters.flatMap((name) => waitsFor(first, name))).toEqual([]);
    const alone = await planOf(1, []);
    const steps = alone.ofType("command:remote:Command").map(({ name }) => name);
    expect(steps).not.toContain("master-1-settled");
  }, 120_000);
});
