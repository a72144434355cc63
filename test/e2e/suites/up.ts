import { describe, expect, it } from "vitest";
import { attempt, plan, pulumi, run } from "../support/lab.ts";

/** Nothing to a healthy cluster, in one pass. */
export function upSuite(): void {
  describe("npm run up", () => {
    it("makes a healthy cluster in one pass and says how to use it", async () => {
      const said = await run(["up"]);
      expect(said).toContain("master-1");
      expect(said).toContain("npm run lab -- shell");
      expect(said).toContain("npm run down");
    });

    it("is done at once when there is nothing to do", async () => {
      const { code } = await attempt(["up"]);
      expect(code).toBe(0);
    });

    it("changes nothing the second time", async () => {
      expect(await plan()).toEqual([]);
      await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    });
  });
}
