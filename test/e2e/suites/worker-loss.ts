import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { power } from "../support/clouds.ts";
import { eventually, get, kubectl } from "../support/lab.ts";
import {
  acmeRoot,
  demoHost as host,
  demoNamespace,
  pollDemo,
  publicAddresses,
} from "../support/demo.ts";
import { curl, ingressAddresses, type Answer } from "../support/page.ts";

interface Pods {
  items: {
    spec: { nodeName: string };
    status: { conditions: { type: string; status: string }[] };
  }[];
}

/** One of two workers dies; whoever reaches the other is served. */
export function workerLossSuite(): void {
  describe("losing the worker that serves", () => {
    const [lost, survivor] = ["worker-1", "worker-2"];
    let address = "";
    let isOff = false;
    const readyOn = async () => {
      const { items } = await get<Pods>("pods", "-n", demoNamespace, "-l", "app=demo");
      const ready = items.filter(({ status }) =>
        status.conditions.some(({ type, status }) => type === "Ready" && status === "True"),
      );
      return ready.map(({ spec }) => spec.nodeName).sort();
    };
    beforeAll(async () => {
      address = (await publicAddresses())[survivor] ?? "";
      expect(await ingressAddresses()).toContain(address);
      expect(await readyOn()).toEqual([lost, survivor]);
    });
    afterAll(async () => {
      if (isOff) await power(lost, "power_on");
    });

    it("fails no request to the other, from before until the cluster has noticed", async () => {
      const client = await pollDemo([address]);
      isOff = true;
      await power(lost, "power_off");
      await kubectl("wait", "node", lost, "--for=condition=Ready=Unknown", "--timeout=120s");
      await eventually(20, async () => {
        expect(await readyOn()).toEqual([survivor]);
      });
      const { answered, failed } = await client.stop();
      // One that the dead pod had in its hands at that moment is lost; nobody may send it again.
      expect(failed.length, failed.join("\n")).toBeLessThanOrEqual(1);
      expect(answered).toBeGreaterThan(30);
    });

    it("is made good when it comes back: both serve again, with a replica each", async () => {
      await power(lost, "power_on");
      isOff = false;
      await kubectl("wait", "node", lost, "--for=condition=Ready", "--timeout=120s");
      await eventually(90, async () => {
        expect(await readyOn()).toEqual([lost, survivor]);
      });
      const root = await acmeRoot();
      for (const at of await ingressAddresses()) {
        await eventually(60, async () => {
          const asked = [1, 2, 3, 4].map(() => curl(at, "--cacert", root, `https://${host}/api`));
          const answers = (await Promise.all(asked)).map(
            ({ stdout }) => JSON.parse(stdout) as Answer,
          );
          expect(new Set(answers.map(({ node }) => node)).size).toBe(2);
        });
      }
    });
  });
}
