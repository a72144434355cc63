import { describe, expect, it } from "vitest";
import { kubectl, pulumi } from "../support/lab.ts";
import { masters, untilWhole, votersBy } from "../support/masters.ts";

/** What one `up` made of a config that asks for three masters. */
export function mastersUpSuite(): void {
  describe("three masters and two workers", () => {
    it("are five Ready nodes", async () => {
      await kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=30s");
      await untilWhole();
    });

    it.each(masters)("are three voters to the etcd of %s", async (master) => {
      expect(await votersBy(master)).toEqual(masters);
    });

    it("have each an endpoint in the stack's outputs, which answers", async () => {
      const endpoints = JSON.parse(
        await pulumi("stack", "output", "apiEndpoints", "--json"),
      ) as Record<string, string>;
      expect(Object.keys(endpoints).sort()).toEqual(masters);
      for (const url of Object.values(endpoints)) {
        expect(await kubectl(`--server=${url}`, "get", "--raw=/readyz")).toBe("ok");
      }
    });
  });
}
