import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attempt, edit, plan, pulumi, ssh } from "../support/lab.ts";
import { allStarts, restarted } from "../support/units.ts";

/** Makes one edit, looks at its plan, carries it out and tells which units were restarted; then takes it back. */
function edited(path: string, change: (text: string) => string) {
  const seen: { plan: string[]; restarted: readonly string[] } = { plan: [], restarted: [] };
  let undo: (() => void) | undefined;
  beforeAll(async () => {
    const before = await allStarts();
    undo = edit(path, change);
    seen.plan = await plan();
    await pulumi("up", "--yes", "--skip-preview");
    seen.restarted = restarted(before, await allStarts());
  });
  afterAll(async () => {
    undo?.();
    await pulumi("up", "--yes", "--skip-preview");
    expect(await plan()).toEqual([]);
  });
  return seen;
}

/** A change touches what it must and nothing else: of the workers. */
export function workerChangeSuite(): void {
  describe("one kubelet setting", () => {
    const seen = edited("assets/config/kubelet.yaml", (text) =>
      text.replace("containerLogMaxFiles: 3", "containerLogMaxFiles: 4"),
    );
    it("updates one step on each worker", () => {
      expect(seen.plan).toEqual(["update worker-1-kubelet", "update worker-2-kubelet"]);
    });
    it("restarts the kubelets and nothing else", () => {
      expect(seen.restarted).toEqual(["worker-1 kubelet", "worker-2 kubelet"]);
    });
  });
}

/** A change that breaks a worker's kubelet stops there, and is taken back. */
export function brokenEditSuite(): void {
  describe("a kubelet setting that does not work", () => {
    let undo: (() => void) | undefined;
    afterAll(async () => {
      undo?.();
      await pulumi("up", "--yes", "--skip-preview");
      expect(await plan()).toEqual([]);
    });

    it("fails on the first worker, with kubelet's own words, and leaves both as they were", async () => {
      const before = await allStarts();
      undo = edit("assets/config/kubelet.yaml", (text) =>
        text.replace("tlsMinVersion: VersionTLS12", "tlsMinVersion: VersionTLS99"),
      );
      const { code, stdout, stderr } = await attempt(["pulumi", "up", "--yes", "--skip-preview"]);
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toMatch(
        /worker-1: waited 90 s for kubelet\.service to be healthy/,
      );
      const started = restarted(before, await allStarts());
      expect(started.filter((unit) => unit.startsWith("worker-2"))).toEqual([]);
      expect(await ssh("worker-1", "systemctl is-active kubelet")).toContain("active\n");
      expect(await ssh("worker-1", "cat /etc/kubernetes/kubelet.yaml")).toContain("VersionTLS12");
    });
  });
}

/** And of the control plane. */
export function masterChangeSuite(): void {
  describe("the audit policy", () => {
    const seen = edited("assets/config/audit-policy.yaml", (text) =>
      text.replace("level: Metadata\n", "level: None\n"),
    );
    it("updates one step on the control plane", () => {
      expect(seen.plan).toEqual(["update master-1-kube-apiserver"]);
    });
    it("restarts the API server and nothing else", () => {
      expect(seen.restarted).toEqual(["master-1 kube-apiserver"]);
    });
  });
}
