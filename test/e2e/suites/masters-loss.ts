import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiLoad } from "../../../lab/cli/bench/api-load.ts";
import { power } from "../support/clouds.ts";
import { edit, eventually, plan, pulumi, ssh } from "../support/lab.ts";
import {
  expectNoFailure,
  kubectlOn,
  leaseHolder,
  masters,
  startLoad,
  untilWhole,
} from "../support/masters.ts";
import { labels, namespace, testPod } from "../support/objects.ts";
import { allStarts, restarted } from "../support/units.ts";

/** Who reads and writes through a worker's balancer, and tries once again, sees no API server go. */
export function mastersLossSuite(): void {
  describe("a client on a worker, which tries once again", () => {
    let load: ApiLoad;
    let undo: (() => void) | undefined;
    beforeAll(async () => {
      load = await startLoad();
    });
    afterAll(async () => {
      undo?.();
      await load.stop();
    });

    it("sees nothing of a flag that changes, and API servers that start again one by one", async () => {
      const before = await allStarts(masters);
      undo = edit("assets/units/kube-apiserver.service", (text) =>
        text.replace("--event-ttl=30m", "--event-ttl=31m"),
      );
      expect(await plan()).toEqual(masters.map((master) => `update ${master}-kube-apiserver`));
      await pulumi("up", "--yes", "--skip-preview");
      const after = await allStarts(masters);
      const servers = masters.map((master) => `${master} kube-apiserver`);
      expect(restarted(before, after)).toEqual(servers);
      const starts = servers.map((server) => Number(after[server]));
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      await expectNoFailure(load, "a flag of the API server changes");
    });

    it("sees nothing of its change back", async () => {
      undo?.();
      undo = undefined;
      await pulumi("up", "--yes", "--skip-preview");
      expect(await plan()).toEqual([]);
      await expectNoFailure(load, "the flag changes back");
    });

    it.each(masters)("sees nothing of a kill -9 of %s's API server", async (master) => {
      await ssh(master, "systemctl kill --signal=KILL kube-apiserver");
      await untilWhole();
      await expectNoFailure(load, `kill -9 of ${master}'s API server`);
    });

    it.each(masters)("sees nothing of a power cut of %s, nor of its return", async (master) => {
      await power(master, "power_off");
      try {
        const dead = ["wait", "node", master, "--for=condition=Ready=Unknown"];
        await kubectlOn("worker-1", [...dead, "--timeout=120s"]);
        await expectNoFailure(load, `power cut of ${master}`);
      } finally {
        await power(master, "power_on");
      }
      await untilWhole();
      await expectNoFailure(load, `return of ${master}`);
    });
  });
}

/** Whoever leads dies: another one does its work. */
export function leaderLossSuite(): void {
  describe("the loss of the machine whose", () => {
    const where = "e2e-leaders";
    const deployment = (name: string) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: where },
      spec: {
        selector: { matchLabels: labels(name) },
        template: { metadata: { labels: labels(name) }, spec: testPod(["sleep", "infinity"]) },
      },
    });
    beforeAll(() => kubectlOn("worker-1", ["apply", "-f", "-"], JSON.stringify(namespace(where))));
    afterAll(() => kubectlOn("worker-1", ["delete", "namespace", where, "--wait=false"]));

    it.each(["kube-controller-manager", "kube-scheduler"])(
      "%s leads costs a new Deployment's pod 20 s at the most",
      async (service) => {
        const leader = await leaseHolder(service);
        await power(leader, "power_off");
        try {
          await eventually(20, async () => {
            const manifest = JSON.stringify(deployment(service));
            await kubectlOn("worker-1", ["apply", "-f", "-"], manifest);
            const nodes = ["get", "pods", "-n", where, "-o", "jsonpath={.items[*].spec.nodeName}"];
            expect(await kubectlOn("worker-1", [...nodes, "-l", `app=${service}`])).toMatch(
              /^worker-/,
            );
          });
          expect(await leaseHolder(service)).not.toBe(leader);
        } finally {
          await power(leader, "power_on");
        }
        await untilWhole();
      },
    );
  });
}
