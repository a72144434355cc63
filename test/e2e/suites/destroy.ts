import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listLeftovers } from "../../../lab/machines/destroy.ts";
import { power } from "../support/clouds.ts";
import { attempt, lab, pulumi, ssh } from "../support/lab.ts";
import type { Target } from "../support/target.ts";
import { inventory } from "./faults.ts";

/**
 * The end of the cluster: nothing of it is left.
 * @param dead - a machine that lost its power before
 */
export function destroySuite(target: Target, dead?: string): void {
  const { cloud, tag } = target;
  describe(`pulumi destroy${dead === undefined ? "" : `, with ${dead} off`}`, () => {
    it("does not wait for a dead API server", async () => {
      if (dead === undefined) await ssh("master-1", "systemctl stop kube-apiserver etcd");
      else await power(dead, "power_off");
      await pulumi("destroy", "--yes", "--skip-preview");
    });

    it.skipIf(cloud === null)("leaves nothing with the cluster's tag in the cloud", async () => {
      expect(await cloud?.carrying(tag)).toEqual([]);
    });

    it("leaves nothing for the inventory to name", async () => {
      const { code, stdout } = await inventory(target);
      expect(code, stdout).toBe(0);
    });

    it("leaves nothing in state", async () => {
      const { deployment } = JSON.parse(await pulumi("stack", "export")) as {
        deployment: { resources?: { type: string }[] };
      };
      const left = (deployment.resources ?? []).filter(
        ({ type }) => type !== "pulumi:pulumi:Stack",
      );
      expect(left).toEqual([]);
    });
  });
}

/** The end of the lab. */
export function downSuite(): void {
  describe("npm run down", () => {
    it("leaves nothing running, mounted or in state", async () => {
      expect((await attempt(["down"])).code).toBe(0);
      expect(await listLeftovers(lab)).toEqual({
        processes: [],
        mounts: [],
        namespaces: [],
        cgroups: [],
      });
      expect(existsSync(lab.stateDir)).toBe(false);
    });
  });
}
