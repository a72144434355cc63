import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiLoad } from "../../../lab/cli/bench/api-load.ts";
import type { Cloud } from "../support/clouds.ts";
import { editStack, eventually, plan, pulumi } from "../support/lab.ts";
import { expectNoFailure, masters, startLoad, untilWhole } from "../support/masters.ts";

/** A master whose machine and disk are gone: one `up` makes it anew, whichever it was. */
export function mastersReplaceSuite({ stack, cloud }: { stack: string; cloud: Cloud }): void {
  describe("a master that was deleted in the cloud", () => {
    let load: ApiLoad;
    let undo: (() => void) | undefined;
    const idOf = async (master: string) =>
      (await cloud.machines()).find(({ name }) => name === master)?.id;
    beforeAll(async () => {
      load = await startLoad();
    });
    afterAll(async () => {
      undo?.();
      await load.stop();
    });

    it.each(masters)("%s, is made anew by one up, and nothing is left to do", async (master) => {
      await untilWhole(); // or this would be the end of the quorum
      const before = await idOf(master);
      await cloud.remove(before ?? "");
      await eventually(30, async () => {
        expect(await idOf(master)).toBeUndefined();
      });
      await expectNoFailure(load, `loss of ${master}`);
      undo?.();
      undo =
        master === "master-1"
          ? editStack(stack, (values) => ({ ...values, "hardway:apiMaster": "master-2" }))
          : undefined;
      await pulumi("up", "--yes", "--skip-preview", "--refresh", "--run-program");
      await untilWhole();
      expect(await idOf(master)).not.toBe(before);
      await expectNoFailure(load, `${master} made anew`);
      expect(await plan()).toEqual([]);
    });
  });
}
