import { describe, expect, it } from "vitest";
import { attempt, editStack, plan, recorded, type StackValues } from "../support/lab.ts";
import type { Target } from "../support/target.ts";

const changes = [
  ["nodeCidr", { "hardway:nodeCidr": "10.99.0.0/20" }],
  ["podCidr", { "hardway:podCidr": "10.201.0.0/16" }],
  ["serviceCidr", { "hardway:serviceCidr": "10.33.0.0/24" }],
  ["clusterName", { "hardway:clusterName": "renamed" }],
  ["region", { "hardway:region": "ams3" }],
  ["provider", { "hardway:provider": "linode" }],
  ["controlPlane.image", { "hardway:controlPlane": { count: 1, image: "ubuntu-24-04-x64" } }],
] as const satisfies readonly (readonly [string, StackValues])[];

/** What cannot change in a cluster that lives is refused, with what to do; etcd's data is not at stake. */
export function refusalsSuite({ stack }: Target): void {
  describe("a running stack", () => {
    it.each(changes)("refuses another %s, in preview and in up", async (path, change) => {
      const before = await recorded();
      const undo = editStack(stack, (values) => ({
        ...Object.fromEntries(
          Object.entries(values).filter(
            // another provider's endpoint is a mistake of its own
            ([key]) => path !== "provider" || !key.startsWith("digitalocean:"),
          ),
        ),
        ...change,
      }));
      try {
        for (const verb of [["preview"], ["up", "--yes", "--skip-preview", "--suppress-outputs"]]) {
          const { code, stdout, stderr } = await attempt(["pulumi", ...verb]);
          const said = `${stdout}${stderr}`;
          expect(code, said).not.toBe(0);
          expect(said).toMatch(new RegExp(`${path.replace(".", "\\.")}: .*; write `));
        }
      } finally {
        undo();
      }
      expect(await recorded()).toEqual(before);
    });

    it("is as it was", async () => {
      expect(await plan()).toEqual([]);
    });
  });
}
