import { describe, expect, it, test } from "vitest";
import { checkConfig } from "../../components/config.ts";
import { Problems } from "../../components/config/problems.ts";
import { checkVersionChange, type RunningProgram } from "../../components/config/version-change.ts";
import { foundationOf, type Foundation } from "../../components/facts/foundation.ts";
import { readProjectFile } from "../../components/lib/assets.ts";
import { linesOf } from "../support/problems.ts";
import { changedLock, configOf, minimal } from "../support/stack.ts";

/** One machine of the control plane and two workers, or what a run left that was interrupted. */
function running(apiServer: string, ...kubelets: readonly string[]): RunningProgram[] {
  const [first = apiServer, second = first] = kubelets;
  return [
    { node: "master-1", program: "etcd", version: "3.6.14" },
    { node: "master-1", program: "kube-apiserver", version: apiServer },
    { node: "worker-1", program: "kubelet", version: first },
    { node: "worker-2", program: "kubelet", version: second },
  ];
}

function refusals(
  of: readonly RunningProgram[],
  kubernetes: string,
  etcd = "3.6.14",
  isLost = false,
) {
  const problems = new Problems();
  checkVersionChange({ running: of, isLost }, { kubernetes, etcd }, problems);
  return linesOf(problems);
}

describe("a cluster that exists", () => {
  test.each([
    ["stays", running("1.36.4"), "1.36.4"],
    ["goes to a newer patch", running("1.36.4"), "1.36.10"],
    ["goes back to an older patch", running("1.36.10"), "1.36.4"],
    ["goes up by one minor version", running("1.36.4"), "1.37.1"],
    ["goes on where an upgrade was interrupted", running("1.37.1", "1.37.1", "1.36.4"), "1.37.1"],
    ["goes back where no API server has begun", running("1.36.4"), "1.36.4"],
    ["takes any version while nothing runs yet", [], "1.37.1"],
  ])("%s", (_what, of, wanted) => {
    expect(refusals(of, wanted)).toEqual([]);
  });

  test.each([
    ["1.35.7", "1.37.1", "1.35"],
    ["1.36.4", "2.37.1", "1.36"],
  ])("does not skip a minor version, from %s to %s", (from, to, minor) => {
    expect(refusals(running(from), to)).toEqual([
      `kubernetes.version: more than one minor version above ${from}, which kube-apiserver on master-1 has, ` +
        `got "${to}"; write a version of the minor after ${minor} and run it to its end first`,
    ]);
  });

  it("does not begin with the next minor version while one worker has the one before the last", () => {
    expect(refusals(running("1.36.4", "1.36.4", "1.35.7"), "1.37.1")).toEqual([
      "kubernetes.version: more than one minor version above 1.35.7, which kubelet on worker-2 has, " +
        'got "1.37.1"; write a version of the minor after 1.35 and run it to its end first',
    ]);
  });

  it("does not go back by a minor version, once one API server has the newer", () => {
    expect(refusals(running("1.37.1", "1.36.4"), "1.36.4")).toEqual([
      "kubernetes.version: an older minor version than 1.37.1, which master-1 has: it would not understand what is stored, " +
        'got "1.36.4"; write "1.37.1"; docs/upgrades.md says how to go back',
    ]);
  });

  it("goes back with a control plane that is lost, and begins with a backup or with nothing", () => {
    expect(refusals(running("1.37.1"), "1.36.4", "3.5.24", true)).toEqual([]);
    expect(refusals(running("1.37.1", "1.35.7"), "1.37.1", "3.6.14", true)).toEqual([
      expect.stringMatching(
        /^kubernetes\.version: more than one minor version above 1\.35\.7, which kubelet/,
      ),
    ]);
  });

  it("moves etcd by one minor version, in a run of its own", () => {
    expect(refusals(running("1.36.4"), "1.36.4", "3.6.9")).toEqual([]);
    expect(refusals(running("1.36.4"), "1.36.5", "3.7.3")).toEqual([]);
    expect(refusals(running("1.36.4"), "1.37.1", "3.7.3")).toEqual([
      "versions.etcd: another minor version in the same run as another of Kubernetes, " +
        'got "3.7.3"; write "3.6.14" and move etcd in a run of its own',
    ]);
    expect(refusals(running("1.36.4"), "1.36.4", "3.5.24")).toEqual([
      expect.stringMatching(
        /^versions\.etcd: an older minor version than 3\.6\.14, which master-1/,
      ),
    ]);
    expect(refusals(running("1.36.4"), "1.36.4", "3.8.0")).toEqual([
      expect.stringMatching(
        /^versions\.etcd: more than one minor version above 3\.6\.14, which etcd/,
      ),
    ]);
  });
});

describe("an artifact lock that moved", () => {
  const lock = { ...minimal, artifacts: { lock: "lock.json" } };
  const before = foundationOf(configOf(minimal).spec);
  /** A stack that says this, of a cluster that has the versions of the standard lock, beside a newer lock. */
  function read(
    values: Readonly<Record<string, unknown>>,
    text: string,
    built: Foundation = before,
  ) {
    return checkConfig(
      {
        project: "hardway",
        stack: "dev",
        values: Object.fromEntries(
          Object.entries({ ...lock, ...values }).map(([key, value]) => [
            `hardway:${key}`,
            JSON.stringify(value),
          ]),
        ),
        secret: () => undefined,
        readText: (path) => (path === "lock.json" ? text : readProjectFile(path)),
      },
      { foundation: built, etcdGeneration: 1 },
    );
  }
  const moved = changedLock((changed) => {
    changed.defaults["kubernetes"] = "1.37.1";
    changed.defaults["runc"] = "1.5.0";
    const runc = changed.files.find(({ name }) => name === "runc");
    if (runc !== undefined) changed.files.push({ ...runc, version: "1.5.0" });
  });

  it("upgrades nothing by itself, and says what is newer", () => {
    const { spec, notices } = read({}, moved);
    expect(spec.versions).toEqual(before.versions);
    expect(spec.artifacts.files.find(({ name }) => name === "kubelet")?.version).toBe("1.36.4");
    expect(notices).toEqual([
      "versions: the artifact lock has newer ones than this cluster: kubernetes 1.37.1 (has 1.36.4), runc 1.5.0 (has 1.4.3); " +
        "it stays as it is until kubernetes.version or versions.NAME says otherwise (docs/upgrades.md)",
    ]);
  });

  it("gives its versions to a cluster that is new, and to one that says so", () => {
    expect(configOf(lock, { "lock.json": moved }).spec.versions).toMatchObject({
      kubernetes: "1.37.1",
      runc: "1.5.0",
    });
    expect(configOf(lock, { "lock.json": moved }).notices).toEqual([]);
    const { spec, notices } = read(
      { kubernetes: { version: "1.37.1" }, versions: { runc: "1.5.0" } },
      moved,
    );
    expect(spec.versions).toMatchObject({ kubernetes: "1.37.1", runc: "1.5.0" });
    expect(notices).toEqual([]);
  });

  it("that has lost the version in use asks where Kubernetes is to go, and moves the rest", () => {
    const without = changedLock((changed) => {
      changed.files = changed.files.filter(
        ({ name, version }) => !(version === "1.36.4" || (name === "runc" && version === "1.4.3")),
      );
      const runc = changed.files.find(({ name }) => name === "etcd");
      if (runc !== undefined) changed.files.push({ ...runc, name: "runc", version: "1.5.0" });
      changed.defaults["kubernetes"] = "1.37.1";
      changed.defaults["runc"] = "1.5.0";
    });
    expect(() => read({}, without)).toThrow(
      "kubernetes.version: missing: the cluster has 1.36.4, which the artifact lock lock.json lacks; use one of 1.37.1, 1.35.7",
    );
    const { spec } = read({ kubernetes: { version: "1.37.1" } }, without);
    expect(spec.versions.runc).toBe("1.5.0");
  });

  it("is refused a version that it does not have, of anything", () => {
    expect(() => read({ versions: { containerd: "v2.3.4" } }, moved)).toThrow(
      'versions.containerd: not in the artifact lock lock.json, got "v2.3.4"; write "2.3.4"',
    );
  });
});
