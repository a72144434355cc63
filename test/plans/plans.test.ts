import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { Cluster } from "../../components/cluster.ts";
import { graphOf, type Graph } from "../support/graph.ts";
import { planText } from "../support/plan.ts";
import { sampleCrds } from "../support/sample.ts";
import { sampleStack } from "../support/samples.ts";
import { configOf } from "../support/stack.ts";

const root = join(import.meta.dirname, "..", "..");
function planOf(name: string, mode: "up" | "preview"): Promise<Graph> {
  const { spec } = configOf(sampleStack(name));
  return graphOf(() => {
    new Cluster(spec.clusterName, {
      spec,
      manifests: { "cert-manager-crds": sampleCrds },
      cloudToken: pulumi.secret("a-token"),
      loginKey: pulumi.secret("a-key"),
    });
  }, mode);
}

/**
 * The whole plan of each sample stack: what is made, how much of it and in which order, before anything exists and no
 * address is known. `UPDATE_GOLDEN=1 npx vitest run --project unit test/plans` writes the files anew; read what changed in
 * them before you commit. Does not prove that the plan works: the lab does.
 */
describe.each(["digitalocean", "linode", "existing"])(
  "the first plan of Pulumi.%s.yaml",
  (name) => {
    const golden = join(root, "test", "golden", "plans", `${name}.txt`);

    it("is the one that was reviewed", { timeout: 60_000 }, async () => {
      const text = planText(await planOf(name, "preview"));
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
      expect(text).toBe(readFileSync(golden, "utf8"));
    });

    it("leaves nothing out that is only known later", { timeout: 60_000 }, async () => {
      expect(planText(await planOf(name, "up"))).toBe(readFileSync(golden, "utf8"));
    });
  },
);
