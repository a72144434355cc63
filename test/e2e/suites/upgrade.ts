import { beforeAll, describe, expect, it } from "vitest";
import type { ApiLoad } from "../../../lab/cli/bench/api-load.ts";
import { recipes } from "../../../lab/tools/recipes.ts";
import { demoNodes, type Polled, pollDemo, publicAddresses } from "../support/demo.ts";
import { attempt, editStack, get, killedWhen, plan, run, ssh, upLog } from "../support/lab.ts";
import { startLoad } from "../support/masters.ts";
import type { Target } from "../support/target.ts";

const [from, to] = [recipes.kubernetes.version, recipes["kubernetes-next"].version];
const workers = ["worker-1", "worker-2"] as const;

interface Node {
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec: { readonly unschedulable?: boolean };
  readonly status: { readonly nodeInfo: { readonly kubeletVersion: string } };
}

const setVersion = ({ stack }: Target, version: string) =>
  editStack(stack, (values) => ({ ...values, "hardway:kubernetes": { version } }));

const backups = async () =>
  (await ssh("master-1", "ls /var/lib/etcd-backups"))
    .split("\n")
    .filter((it) => it.endsWith(".db"));

/** A living cluster with these masters and two workers goes to the next minor version of Kubernetes, killed once on the way. */
export function upgradeSuite(target: Target, names: readonly string[]): void {
  describe(`Kubernetes ${from} → ${to}`, () => {
    const seen = { plan: [] as string[], backups: 0, log: "" };
    let page: Polled | undefined;
    let api: Awaited<ReturnType<ApiLoad["figures"]>> | undefined;

    beforeAll(async () => {
      seen.backups = (await backups()).length;
      setVersion(target, to);
      seen.plan = await plan();
      const addresses = await publicAddresses();
      const polling = await pollDemo(workers.map((name) => addresses[name] ?? ""));
      const load = await startLoad();
      try {
        await killedWhen(["up"], async () => {
          const { spec } = await get<Node>("node", "worker-1");
          expect(spec.unschedulable).toBe(true);
        });
        await run(["up"]);
        seen.log = upLog();
      } finally {
        page = await polling.stop();
        api = await load.figures();
        await load.stop();
      }
    }, 900_000);

    it("plans each worker between its cordon and its uncordon", () => {
      for (const worker of workers) {
        expect(seen.plan).toEqual(
          expect.arrayContaining([
            `update ${worker}-cordon`,
            `update ${worker}-kubelet`,
            `update ${worker}-uncordon`,
          ]),
        );
      }
      expect(seen.plan.filter((step) => !step.startsWith("update "))).toEqual([]);
    });

    it("gives every machine the new version, and leaves no worker cordoned", async () => {
      const { items } = await get<{ items: readonly Node[] }>("nodes");
      for (const { metadata, spec, status } of items) {
        if (!metadata.name.startsWith("worker")) continue;
        expect([metadata.name, status.nodeInfo.kubeletVersion]).toEqual([metadata.name, `v${to}`]);
        expect(spec.unschedulable).toBeUndefined();
        expect(Object.keys(metadata.annotations ?? {})).not.toContain("hardway.dev/cordoned-for");
      }
      for (const name of names) {
        const version = await ssh(name, "kube-apiserver --version; kube-scheduler --version");
        expect(version).toBe(`Kubernetes v${to}\n`.repeat(2));
      }
    });

    it("empties the second worker only when the first takes pods again", () => {
      const at = (step: string) => seen.log.indexOf(step);
      expect(at("worker-1-uncordon")).toBeGreaterThan(0);
      expect(at("worker-2-kubelet")).toBeGreaterThan(at("worker-1-uncordon"));
    });

    it("costs no request at the demo", async () => {
      expect(page?.failed).toEqual([]);
      expect(page?.answered).toBeGreaterThan(100);
      expect((await demoNodes()).length).toBe(2);
    });

    it(`costs a client of the API ${names.length === 1 ? "one restart" : "no request, if it tries twice"}`, () => {
      const { answered = 0, retried, failed, lost, longestGapMs } = api ?? {};
      console.info(`upgrade, ${names.length} masters:`, {
        answered,
        retried,
        failed: failed?.length,
        longestGapMs,
      });
      expect(answered).toBeGreaterThan(20);
      if (names.length === 1) return;
      expect(failed).toEqual([]);
      expect(lost).toEqual([]);
    });

    it("saves etcd before", async () => {
      expect((await backups()).length).toBeGreaterThan(seen.backups);
    });

    it("keeps the programs of before for the way back", async () => {
      expect(await ssh("worker-1", "ls /opt/hardway")).toMatch(
        new RegExp(`^kubelet-${from}-`, "m"),
      );
    });

    it("has nothing left to do", async () => {
      expect(await plan()).toEqual([]);
    });

    it("refuses to go back by a minor version, with what to write", async () => {
      const undo = setVersion(target, from);
      const { code, stdout, stderr } = await attempt(["pulumi", "preview"]);
      undo();
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toContain(
        `kubernetes.version: an older minor version than ${to}, which master-1 has`,
      );
    });

    it("stays when the config says nothing any more", async () => {
      editStack(target.stack, (values) => ({ ...values, "hardway:kubernetes": {} }));
      expect(await plan()).toEqual([]);
    });
  });
}
