import { describe, expect, it } from "vitest";
import { attempt, plan, pulumi, run } from "../support/lab.ts";
import type { Target } from "../support/target.ts";

/** Nothing to a healthy cluster, in one pass. */
export function upSuite({ choice, stack }: Target): void {
  describe(`npm run up -- --stack ${choice}`, () => {
    it("makes a healthy cluster in one pass and says how to use it", async () => {
      const said = await run(["up", "--stack", choice]);
      expect(said).toContain("master-1");
      expect(said).toContain("npm run lab -- shell");
      expect(said).toContain("npm run down");
      expect(said).toContain(`Pulumi.${stack}.yaml`);
    });

    it("is done at once when there is nothing to do", async () => {
      const { code } = await attempt(["up"]);
      expect(code).toBe(0);
    });

    it("refuses another stack, with what to do", async () => {
      const other = choice === "linode" ? "existing" : "linode";
      const { code, stderr } = await attempt(["up", "--stack", other]);
      expect(code).toBe(1);
      expect(stderr).toContain(`has stack ${stack}, got --stack ${other}; take that down first`);
    });

    it("changes nothing the second time", async () => {
      expect(await plan()).toEqual([]);
      await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    });
  });
}
