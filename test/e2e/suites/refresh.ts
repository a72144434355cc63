import { describe, expect, it } from "vitest";
import type { Cloud } from "../support/clouds.ts";
import { attempt, eventually, get, kubectl, plan, pulumi, run, ssh } from "../support/lab.ts";
import { workerUnits } from "../support/units.ts";

const victim = "worker-2";

/** A machine that somebody deleted in the cloud's console. */
export function refreshSuite(cloud: Cloud): void {
  describe("a worker that was deleted behind Pulumi's back", () => {
    it("is found by pulumi refresh", async () => {
      const [machine] = (await cloud.machines()).filter(({ name }) => name === victim);
      await cloud.remove(machine?.id ?? "");
      await eventually(30, async () => {
        expect((await cloud.machines()).map(({ name }) => name)).not.toContain(victim);
      });
      expect(await plan()).toEqual([]); // the state does not know it yet
      await pulumi("refresh", "--yes", "--skip-preview");
      expect(await plan()).toContain(`create ${victim}`);
    });

    it("is made again by the next up", async () => {
      await run(["up"]);
      expect(await plan()).toEqual([]);
      const machines = (await cloud.machines()).filter(({ name }) => name === victim);
      expect(machines).toHaveLength(1);
    });

    it("has everything on it again", async () => {
      for (const unit of workerUnits) {
        expect((await ssh(victim, `systemctl is-active ${unit}`)).trim()).toBe("active");
      }
      await kubectl("wait", "node", victim, "--for=condition=Ready", "--timeout=30s");
      await eventually(60, async () => {
        const { items } = await get<{ items: { status: { phase: string } }[] }>(
          ...["pods", "-A", `--field-selector=spec.nodeName=${victim}`],
        );
        expect(items.length).toBeGreaterThan(1);
        for (const { status } of items) expect(status.phase).toBe("Running");
      });
      const { code } = await attempt(["lab", "ssh", victim, "systemctl is-system-running"]);
      expect(code).toBe(0);
    });
  });
}
