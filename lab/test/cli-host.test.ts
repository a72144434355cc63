import { describe, expect, it } from "vitest";
import { healthOf } from "../cli/health.ts";
import { missingPackages } from "../cli/host-packages.ts";
import { type HostFacts, hostProblems, preflightMessage } from "../cli/preflight.ts";
import { humanSeconds } from "../lib/progress.ts";

const good: HostFacts = {
  isLinux: true,
  goVersion: "go1.26.8",
  hasAptGet: true,
  missingFeatures: [],
};

describe("preflight", () => {
  it("finds nothing on a host that has everything", () => {
    expect(hostProblems(good)).toEqual([]);
    expect(hostProblems({ ...good, goVersion: "go2.0" })).toEqual([]);
  });

  it("names everything that is missing at once, each with what to do", () => {
    const features = ["user: machines need root, got uid 1000; run it with sudo or as root"];
    const problems = hostProblems({
      ...good,
      goVersion: null,
      hasAptGet: false,
      missingFeatures: features,
    });
    expect(problems).toEqual([
      ...features,
      "apt-get: not found; the lab needs a Debian or Ubuntu machine, for its packages",
      "go: not found; install Go 1.21 or newer from https://go.dev/dl and put it on PATH",
    ]);
    expect(preflightMessage(problems)).toMatch(
      /^3 things are missing .* nothing was changed:\n {2}user:/,
    );
  });

  it("fails for a Go that cannot fetch a newer one", () => {
    expect(hostProblems({ ...good, goVersion: "go1.20.4" })).toEqual([
      "go: too old, got go1.20.4; install Go 1.21 or newer from https://go.dev/dl and put it on PATH",
    ]);
  });

  it("says only one thing where there is no Linux", () => {
    expect(hostProblems({ ...good, isLinux: false, goVersion: null })).toHaveLength(1);
  });
});

describe("system packages", () => {
  it("are missing unless dpkg has them installed", () => {
    const dpkg = "gcc ii \nnftables rc \nwget ii \n";
    expect(missingPackages(["gcc", "debootstrap", "nftables", "wget"], dpkg)).toEqual([
      "debootstrap",
      "nftables",
    ]);
  });
});

describe("health of a cluster", () => {
  const node = (name: string, ready: boolean) => ({
    kind: "Node",
    metadata: { name },
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      nodeInfo: { kubeletVersion: "v1.36.4" },
    },
  });

  it("needs every machine's Node to be Ready, the control plane's too", () => {
    const machines = ["master-1", "worker-1"];
    const of = (ready: boolean) =>
      healthOf([node("worker-1", true), node("master-1", ready)], machines);
    expect(of(true).problems).toEqual([]);
    expect(of(false).problems).toEqual(["node master-1: NotReady"]);
  });

  it("fails for a machine that is no node and a node that is not ready", () => {
    const { problems } = healthOf([node("worker-1", false)], ["worker-1", "worker-2"]);
    expect(problems).toEqual(["machine worker-2: not a node yet", "node worker-1: NotReady"]);
  });

  it("fails for workloads with too few pods or a controller that has not looked yet", () => {
    const metadata = { name: "coredns", namespace: "kube-system", generation: 2 };
    const deployment = (observedGeneration: number, availableReplicas: number) => ({
      kind: "Deployment",
      metadata,
      spec: { replicas: 2 },
      status: { observedGeneration, availableReplicas },
    });
    expect(healthOf([deployment(2, 2)], []).problems).toEqual([]);
    expect(healthOf([deployment(2, 1)], []).problems).toEqual([
      "kube-system/coredns: 1 of 2 pods available",
    ]);
    expect(healthOf([deployment(1, 2)], []).problems).toEqual([
      "kube-system/coredns: 0 of 2 pods available",
    ]);
    const fresh = { kind: "DaemonSet", metadata: { ...metadata, name: "flannel" }, status: {} };
    expect(healthOf([fresh], []).problems).toEqual(["kube-system/flannel: 0 of 1 pods available"]);
  });
});

describe("times", () => {
  it.each([
    [0.04, "0.0 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.4, "59 s"],
    [185, "3 min 5 s"],
  ])("of %d seconds read as %s", (seconds, text) => {
    expect(humanSeconds(seconds)).toBe(text);
  });
});
