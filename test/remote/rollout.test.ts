import type * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { Cluster } from "../../components/cluster.ts";
import { rollOut, type RolloutArgs } from "../../components/remote/rollout.ts";
import type { ClusterSpec } from "../../components/spec.ts";
import { graphOf, type Graph } from "../support/graph.ts";
import { withMasters } from "../support/masters.ts";
import { sampleCrds } from "../support/sample.ts";

/** What each host waits for, when those in `existing` are in the state. */
function chain(
  existing: readonly string[],
  joining?: RolloutArgs<string, string>["joining"],
): Record<string, string> {
  const waits: Record<string, string> = {};
  rollOut({
    hosts: ["a", "b", "c", "d"],
    existing: new Set(existing.map((host) => `${host}-thing`)),
    stepOn: (host) => `${host}-thing`,
    make: (host, after) => {
      waits[host] = (after as unknown as string[]).join(" ");
      return host;
    },
    healthy: (host) => [host as unknown as pulumi.Resource],
    ...(joining === undefined ? {} : { joining }),
  });
  return waits;
}

describe("a rollout", () => {
  it("starts all together the very first time", () => {
    expect(chain([])).toEqual({ a: "", b: "", c: "", d: "" });
    expect(chain([], "in turn")).toEqual({ a: "", b: "", c: "", d: "" });
  });

  it("goes through what lives in turn, in the order of the hosts", () => {
    expect(chain(["d", "a", "c", "b"])).toEqual({ a: "", b: "a", c: "b", d: "c" });
  });

  it("adds new hosts beside it, all at once", () => {
    expect(chain(["b", "d"])).toEqual({ a: "", b: "", c: "", d: "b" });
  });

  it("adds new hosts after it, all at once, where they must not meet what is yet to change", () => {
    expect(chain(["b", "d"], "after")).toEqual({ b: "", d: "b", a: "d", c: "d" });
  });

  it("adds new hosts after it, one by one, where they join something", () => {
    expect(chain(["b", "c"], "in turn")).toEqual({ b: "", c: "b", a: "c", d: "a" });
  });

  it("hands over what it made in the order of the hosts", () => {
    const made = rollOut({
      hosts: ["new", "old"],
      existing: new Set(["old"]),
      stepOn: (host) => host,
      make: (host) => host.toUpperCase(),
      healthy: () => [],
      joining: "in turn",
    });
    expect(made).toEqual(["NEW", "OLD"]);
  });
});

/** Steps of a living cluster, and which of them each waits for, among those of the same service on other machines. */
describe("in the plan of a living cluster", () => {
  const planOf = (spec: ClusterSpec, existing: readonly string[]) =>
    graphOf(() => {
      new Cluster("test", {
        spec,
        existing: new Set(existing),
        manifests: { "cert-manager-crds": sampleCrds },
        cloudToken: undefined,
        loginKey: undefined,
      });
    }, "preview");
  const stepsBefore = (graph: Graph, step: string) => {
    const { dependsOn } = graph.one("command:remote:Command", step).opts;
    return (dependsOn as { __name?: string; __pulumiType?: string }[])
      .filter(({ __pulumiType }) => __pulumiType === "command:remote:Command")
      .map(({ __name = "" }) => __name);
  };
  const waitsFor = (graph: Graph, step: string) => {
    const node = step.slice(0, step.indexOf("-", step.indexOf("-") + 1));
    return stepsBefore(graph, step)
      .filter((name) => !name.startsWith(`${node}-`) && name.startsWith(node.replace(/\d+$/, "")))
      .sort();
  };
  const masters = ["master-1", "master-2", "master-3"];
  const onMasters = (service: string) => masters.map((node) => `${node}-${service}`);
  const workers = ["worker-1", "worker-2"];
  let graph: Graph;
  beforeAll(async () => {
    graph = await planOf(withMasters(...masters), [
      ...["etcd", "kube-apiserver", "flanneld", "node-status"].flatMap(onMasters),
      ...workers.map((node) => `${node}-kubelet`),
    ]);
  }, 120_000);

  it("etcd changes member by member", () => {
    expect(onMasters("etcd").map((step) => waitsFor(graph, step))).toEqual([
      [],
      ["master-1-etcd"],
      ["master-2-etcd"],
    ]);
  });

  it("the control plane changes machine by machine, after all of etcd", () => {
    const etcd = onMasters("etcd");
    const before = waitsFor(graph, "master-3-kube-apiserver");
    expect(before).toEqual([
      ...etcd.slice(0, 2),
      "master-2-kube-apiserver",
      "master-2-kube-controller-manager",
      "master-2-kube-scheduler",
    ]);
  });

  it.each(["flanneld", "node-status"])("%s changes machine by machine", (service) => {
    const before = onMasters(service).map((step) =>
      waitsFor(graph, step).filter((name) => name.endsWith(`-${service}`)),
    );
    expect(before).toEqual([[], [`master-1-${service}`], [`master-2-${service}`]]);
  });

  it("workers change one by one, and none is disturbed before its turn", () => {
    expect(waitsFor(graph, "worker-1-cordon")).toEqual([]);
    expect(waitsFor(graph, "worker-2-cordon")).toEqual(["worker-1-uncordon"]);
    for (const service of ["containerd", "kubelet", "kube-proxy"]) {
      expect(waitsFor(graph, `worker-1-${service}`)).toEqual([]);
      expect(stepsBefore(graph, `worker-2-${service}`)).toContain("worker-2-cordon");
    }
    expect(stepsBefore(graph, "worker-1-uncordon")).toEqual(
      expect.arrayContaining(["worker-1-kubelet", "worker-1-kube-proxy"]),
    );
  });

  it("a new worker waits for no other", async () => {
    const grown = await planOf(withMasters("master-1"), ["master-1-etcd", "worker-1-kubelet"]);
    expect(waitsFor(grown, "worker-2-kubelet")).toEqual([]);
  });

  it("a member that joins waits for those that are there", async () => {
    const grown = await planOf(withMasters(...masters), ["master-1-etcd"]);
    expect(waitsFor(grown, "master-2-etcd")).toEqual(["master-1-etcd"]);
    expect(waitsFor(grown, "master-3-etcd")).toEqual(["master-2-etcd"]);
  });
});
