import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiLoad } from "../../../lab/cli/bench/api-load.ts";
import { eventually, plan, reboot } from "../support/lab.ts";
import {
  cutOff,
  etcdLeader,
  expectNoFailure,
  kubectlOn,
  leaseHolder,
  masters,
  startLoad,
  untilWhole,
} from "../support/masters.ts";

/** A master that the others cannot hear, and that led until then. */
export function mastersSplitSuite(): void {
  describe("a master whose network is cut, the leader of etcd,", () => {
    const refused = "e2e-minority";
    let load: ApiLoad;
    let cut = "";
    let rejoin: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      load = await startLoad();
      cut = await etcdLeader();
      rejoin = await cutOff(cut);
    });
    afterAll(async () => {
      await rejoin?.();
      await load.stop();
    });

    it("refuses to write", async () => {
      const create = kubectlOn(cut, ["create", "configmap", refused]);
      await expect(create).rejects.toThrow();
    });

    it("leads nothing any more", async () => {
      expect(await etcdLeader(masters.filter((master) => master !== cut))).not.toBe(cut);
      for (const service of ["kube-controller-manager", "kube-scheduler"]) {
        await eventually(30, async () => {
          expect(await leaseHolder(service)).not.toBe(cut);
        });
      }
    });

    it("is not missed by a client on a worker, which tries once again", async () => {
      await expectNoFailure(load, `network cut of ${cut}`);
    });

    it("is one of three again when the network is back, and has what the others wrote", async () => {
      await rejoin?.();
      rejoin = undefined;
      await untilWhole();
      await expectNoFailure(load, `return of ${cut}'s network`);
      await load.stop();
      const written = ["get", "configmap", "e2e-load-worker-1", "-o", "jsonpath={.data.n}"];
      const numbers = await Promise.all(masters.map((master) => kubectlOn(master, written)));
      expect(new Set(numbers).size).toBe(1);
      expect(Number(numbers[0])).toBeGreaterThan(20);
    });

    it("has kept nothing of what it refused", async () => {
      const found = ["get", "configmap", refused, "--ignore-not-found", "-o", "name"];
      for (const master of masters) expect(await kubectlOn(master, found)).toBe("");
    });
  });

  describe("a reboot of all masters at once", () => {
    it("ends with all of them back by themselves, and nothing to do", async () => {
      await reboot(...masters);
      await untilWhole();
      expect(await plan()).toEqual([]);
    });
  });
}
