import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edit, plan, pulumi, startedAt } from "../support/lab.ts";

const units = {
  "master-1": ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "flanneld"],
  "worker-1": ["containerd", "kubelet", "kube-proxy"],
  "worker-2": ["containerd", "kubelet", "kube-proxy"],
};

async function allStarts(): Promise<Record<string, string>> {
  const pairs = Object.entries(units).flatMap(([machine, names]) =>
    names.map((unit) => [`${machine} ${unit}`, machine, `${unit}.service`] as const),
  );
  const starts = await Promise.all(
    pairs.map(async ([key, machine, unit]) => [key, await startedAt(machine, unit)] as const),
  );
  return Object.fromEntries(starts);
}

/** Makes one edit, looks at its plan, carries it out and tells which units were restarted; then takes it back. */
function edited(path: string, change: (text: string) => string) {
  const seen: { plan: string[]; restarted: string[] } = { plan: [], restarted: [] };
  let undo: (() => void) | undefined;
  beforeAll(async () => {
    const before = await allStarts();
    undo = edit(path, change);
    seen.plan = await plan();
    await pulumi("up", "--yes", "--skip-preview");
    const after = await allStarts();
    seen.restarted = Object.keys(after).filter((unit) => after[unit] !== before[unit]);
  });
  afterAll(async () => {
    undo?.();
    await pulumi("up", "--yes", "--skip-preview");
    expect(await plan()).toEqual([]);
  });
  return seen;
}

/** A change touches what it must and nothing else. */
export function changesSuite(): void {
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
