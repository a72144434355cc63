import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../support/clouds.ts";
import { attempt, eventually, plan, pulumi, run } from "../support/lab.ts";
import { setWorkers, type Target } from "../support/target.ts";

const lost = "worker-3";

/** What the cloud has beside what the state knows; exit code 1 while something is in one only. */
export const inventory = ({ stack }: Pick<Target, "stack">) =>
  attempt(["lab", "exec", "node", "cli/inventory.ts", "--stack", stack]);

/** Ids of the machines that the stack's state knows. */
async function knownIds(): Promise<readonly string[]> {
  const { deployment } = JSON.parse(await pulumi("stack", "export")) as {
    deployment: { resources: { type: string; id?: string }[] };
  };
  return deployment.resources.flatMap(({ type, id }) =>
    /:(Droplet|Instance)$/.test(type) && id !== undefined ? [id] : [],
  );
}

/** A machine that was made, although the answer to its order never came. */
export function lostAnswerSuite(target: Target, cloud: Cloud): void {
  describe("a machine whose order's answer is lost", () => {
    const orphans = async () => {
      const known = await knownIds();
      return (await cloud.machines()).filter(({ id }) => !known.includes(id));
    };
    let undo: (() => void) | undefined;

    beforeAll(async () => {
      undo = await setWorkers(target, 3);
      const which = ["--method", "POST", "--path", cloud.machinesPath];
      await run(["lab", "fault", "set", "lost-answer", ...which]);
      await attempt(["pulumi", "up", "--yes", "--skip-preview"]);
    });
    afterAll(() => undo?.());

    it("is there, and the state does not know it", async () => {
      expect((await orphans()).map(({ name }) => name)).toEqual([lost]);
    });

    it("is named by the inventory, which fails", async () => {
      const { code, stdout } = await inventory(target);
      expect(code).toBe(1);
      expect(stdout).toContain(lost);
      for (const { id } of await orphans()) expect(stdout).toContain(id);
    });

    it("is gone from the inventory once it is deleted in the cloud", async () => {
      for (const { id } of await orphans()) {
        await eventually(60, () => cloud.remove(id)); // refused while it boots
      }
      await eventually(60, async () => {
        expect(await orphans()).toEqual([]);
      });
      undo?.();
      undo = undefined;
      await pulumi("up", "--yes", "--skip-preview");
      expect((await inventory(target)).code).toBe(0);
      expect(await plan()).toEqual([]);
    });
  });
}
