import { beforeAll, describe, expect, it } from "vitest";
import {
  demoNamespace,
  demoNodes,
  type Polled,
  pollDemo,
  publicAddresses,
} from "../support/demo.ts";
import { apply, attempt, eventually, get, kubectl, plan, run, upLog } from "../support/lab.ts";
import { labels, namespace, testPod } from "../support/objects.ts";
import { setWorkers, type Target } from "../support/target.ts";
import { allStarts, restarted } from "../support/units.ts";

/** Arguments of `lab fault set`. */
type Faults = readonly [kind: string, ...options: string[]];

const added = "worker-3";
const where = "e2e-scale";

async function workerAddresses(): Promise<readonly string[]> {
  const all = await publicAddresses();
  return ["worker-1", "worker-2"].map((name) => all[name] ?? "");
}

/**
 * One worker more: nothing else is touched.
 * @param faults - how the cloud fails meanwhile
 */
export function growSuite(target: Target, faults: readonly Faults[] = []): void {
  const meanwhile = faults.map(([kind]) => kind).join(", ");
  describe(`2 → 3 workers${meanwhile === "" ? "" : `, while the cloud fails: ${meanwhile}`}`, () => {
    const seen = { plan: [] as string[], restarted: [] as readonly string[] };
    let client: Polled | undefined;

    beforeAll(async () => {
      const before = await allStarts();
      await setWorkers(target, 3);
      seen.plan = await plan();
      for (const fault of faults) await run(["lab", "fault", "set", ...fault]);
      const polling = await pollDemo(await workerAddresses());
      try {
        await run(["up"]);
      } finally {
        client = await polling.stop();
      }
      seen.restarted = restarted(before, await allStarts());
    });

    it("plans the new worker's own things and nothing else", () => {
      expect(beside(`create ${added}`, seen.plan)).toEqual([]);
      expect(seen.plan.length).toBeGreaterThan(5);
    });

    it("restarts nothing on other machines", () => {
      expect(seen.restarted).toEqual([]);
    });

    it("costs no request at the demo", () => {
      expect(client?.failed).toEqual([]);
      expect(client?.answered).toBeGreaterThan(50);
    });

    it.skipIf(faults.length === 0)("meets every failure that was set", async () => {
      expect(await run(["lab", "fault", "list"])).not.toMatch(/429|500|busy|slow-boot/);
    });

    it("ends with a node that is Ready, and nothing left to do", async () => {
      await kubectl("wait", "node", added, "--for=condition=Ready", "--timeout=30s");
      expect(await plan()).toEqual([]);
    });
  });
}

/** What a plan does besides this; that the approver of kubelets' requests is told of a worker belongs to every one. */
const beside = (own: string, steps: readonly string[]) =>
  steps.filter((step) => !step.startsWith(own) && !/^update (master-1-)?csr-approver$/.test(step));

/** Two pods that would rather be on the worker that goes. */
const movers = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "movers", namespace: where },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels("movers") },
    template: {
      metadata: { labels: labels("movers") },
      spec: {
        ...testPod(["testserver"]),
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 100,
                preference: {
                  matchExpressions: [
                    { key: "kubernetes.io/hostname", operator: "In", values: [added] },
                  ],
                },
              },
            ],
          },
        },
      },
    },
  },
};

async function moverNodes(): Promise<readonly string[]> {
  const { items } = await get<{ items: { spec: { nodeName: string } }[] }>("pods", "-n", where);
  return items.map(({ spec }) => spec.nodeName);
}

/** Moves one of the demo's pods to the worker that goes, so that its going can hurt. */
async function putDemoOnAdded(): Promise<void> {
  await kubectl("cordon", "worker-1");
  const { items } = await get<{ items: { metadata: { name: string } }[] }>(
    ...["pods", "-n", demoNamespace, "--field-selector=spec.nodeName=worker-1"],
  );
  for (const { metadata } of items)
    await kubectl("delete", "pod", "-n", demoNamespace, metadata.name);
  await kubectl("wait", "-n", demoNamespace, "deployment/demo", "--for=condition=Available");
  await kubectl("uncordon", "worker-1");
  await eventually(60, async () => {
    expect(await demoNodes()).toContain(added);
  });
  await kubectl("rollout", "status", "-n", demoNamespace, "deployment/demo", "--timeout=60s");
}

/** One worker less: it is drained, then it is no node any more, then its machine goes. */
export function shrinkSuite(target: Target): void {
  describe("3 → 2 workers", () => {
    const seen = { plan: [] as string[], log: "", restarted: [] as readonly string[] };
    let client: Polled | undefined;

    beforeAll(async () => {
      await apply(namespace(where), movers);
      await kubectl("rollout", "status", "-n", where, "deployment/movers", "--timeout=60s");
      expect(await moverNodes()).toEqual([added, added]);
      await putDemoOnAdded();
      const before = await allStarts();
      await setWorkers(target, 2);
      seen.plan = await plan();
      const polling = await pollDemo(await workerAddresses());
      try {
        await run(["up"]);
        seen.log = upLog();
      } finally {
        client = await polling.stop();
      }
      seen.restarted = restarted(before, await allStarts());
    });

    it("plans the end of that worker's own things and nothing else", () => {
      expect(beside(`delete ${added}`, seen.plan)).toEqual([]);
      expect(seen.plan).toContain(`delete ${added}-drain`);
    });

    it("moves its pods to other workers", async () => {
      await kubectl("rollout", "status", "-n", where, "deployment/movers", "--timeout=60s");
      for (const node of await moverNodes()) expect(node).not.toBe(added);
      for (const node of await demoNodes()) expect(node).not.toBe(added);
    });

    it("costs no request at the demo through the workers that stay", () => {
      expect(client?.failed).toEqual([]);
      expect(client?.answered).toBeGreaterThan(50);
    });

    it("restarts nothing on other machines", () => {
      expect(seen.restarted).toEqual([]);
    });

    it("removes the node", async () => {
      const { code, stderr } = await attempt(["kubectl", "get", "node", added]);
      expect(code).toBe(1);
      expect(stderr).toContain(`nodes "${added}" not found`);
    });

    const { cloud } = target;
    it.skipIf(cloud === null)(
      "removes the machine, after it was drained (a host of yours stays)",
      async () => {
        const names = (await cloud?.machines())?.map(({ name }) => name);
        expect(names?.sort()).toEqual(["master-1", "worker-1", "worker-2"]);
        const drained = seen.log.indexOf(`- ${added}-drain `);
        const gone = seen.log.search(new RegExp(`- ${added} (Droplet|Instance) `));
        expect(drained).toBeGreaterThan(0);
        expect(gone).toBeGreaterThan(drained);
      },
    );

    it("leaves nothing to do", async () => {
      await kubectl("delete", "namespace", where, "--wait=false");
      expect(await plan()).toEqual([]);
    });
  });
}
