import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiLoad } from "../../../lab/cli/bench/api-load.ts";
import { power } from "../support/clouds.ts";
import { eventually, killedWhen, plan, run, storedState } from "../support/lab.ts";
import {
  expectNoFailure,
  kubectlOn,
  masters,
  membersBy,
  startLoad,
  untilWhole,
  votersBy,
} from "../support/masters.ts";
import { setMasters, type Target } from "../support/target.ts";

const first = masters.slice(0, 1);
const marks = ["get", "configmap", "-l", "e2e=scale", "-o", "name"];

async function write(name: string): Promise<void> {
  const mark = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, labels: { e2e: "scale" } },
  };
  await kubectlOn("worker-1", ["create", "-f", "-"], JSON.stringify(mark));
}

/** Another number of masters: one edit and one `up`, while somebody reads and writes. */
export function mastersScaleSuite(target: Target, from: 1 | 3, to: 1 | 3): void {
  describe(`${from} → ${to} masters`, () => {
    const wanted = masters.slice(0, to);
    let load: ApiLoad;
    let planned: readonly string[] = [];
    beforeAll(async () => {
      await untilWhole(masters.slice(0, from));
      await write(`before-${from}-to-${to}`);
      load = await startLoad();
      setMasters(target, to);
      planned = await plan();
      await run(["up"]);
    });
    afterAll(() => load.stop());

    it("leaves the machines that stay, and restarts no worker's service", () => {
      const touched = planned.filter((step) => / (master-1|worker-\d)$/.test(step));
      expect(touched).toEqual([]);
      expect(planned.filter((step) => /worker-\d-(kubelet|containerd)$/.test(step))).toEqual([]);
    });

    it("ends with as many voters, Nodes and machines", async () => {
      await untilWhole(wanted);
      const machines = (await target.cloud?.machines())?.map(({ name }) => name).sort();
      expect(machines).toEqual([...wanted, "worker-1", "worker-2"]);
    });

    it("costs a client on a worker no request that it tries once again", async () => {
      await expectNoFailure(load, `${from} → ${to} masters`);
    });

    it("has all that was written before, during and after it", async () => {
      const kept = (await kubectlOn("worker-1", marks)).trim().split("\n");
      expect(kept).toContain(`configmap/before-${from}-to-${to}`);
      await write(`after-${from}-to-${to}`);
      const now = (await kubectlOn("worker-1", marks)).trim().split("\n");
      expect(now.toSorted()).toEqual([...kept, `configmap/after-${from}-to-${to}`].toSorted());
    });

    it("leaves nothing to do", async () => {
      expect(await plan()).toEqual([]);
    });
  });
}

/** An `up` that is killed between two steps of a join or a leave: the next one goes on. */
export function mastersKillSuite(target: Target): void {
  describe("npm run up, killed while etcd grows or shrinks,", () => {
    const joins = [
      [
        "with a member that does not vote yet",
        async () => {
          expect((await membersBy("master-1")).some(({ isLearner }) => isLearner)).toBe(true);
        },
      ],
      [
        "with one master joined and one not",
        () => {
          expect(storedState()).toContain("Command::master-2-etcd");
          return Promise.resolve();
        },
      ],
    ] as const;

    beforeAll(() => {
      setMasters(target, 3);
    });

    it.each(joins)("%s, leaves a cluster that serves", async (_, moment) => {
      await killedWhen(["up"], moment);
      await power("master-2", "power_cycle"); // or the machine would go on by itself
      await eventually(90, async () => {
        expect(await kubectlOn("worker-1", ["get", "--raw=/readyz"])).toBe("ok");
      });
    });

    it("ends with three voters at the next one", async () => {
      await run(["up"]);
      await untilWhole();
      expect(await plan()).toEqual([]);
    });

    it("with a member gone and its machine still there, leaves a cluster that serves", async () => {
      setMasters(target, 1);
      await killedWhen(["up"], async () => {
        expect(await votersBy("master-1")).not.toEqual(masters);
      });
      const machines = (await target.cloud?.machines())?.map(({ name }) => name);
      expect(machines?.sort()).toEqual([...masters, "worker-1", "worker-2"]);
      expect(await kubectlOn("worker-1", ["get", "--raw=/readyz"])).toBe("ok");
    });

    it("ends with one voter at the next one", async () => {
      await run(["up"]);
      await untilWhole(first);
      expect(await plan()).toEqual([]);
    });
  });
}
