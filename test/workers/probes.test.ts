import type { Resource } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { clusterGraph } from "../support/cluster.ts";
import { reveal, type Graph, type Registered } from "../support/graph.ts";

const command = "command:remote:Command";
const linode = { provider: "linode", region: "nl-ams" };
const acme = { email: "ops@example.com", directory: "https://acme.example.com/dir" };
const line = (graph: Graph, name: string) =>
  String(reveal(graph.one(command, name).inputs["create"]));
const names = ({ opts }: Registered) =>
  [opts.dependsOn ?? []].flat().map((it) => (it as Resource & { __name?: string }).__name);

/** Does not prove that the scripts find anything: test/workers/probe-scripts.test.ts and the lab do. */
describe("the probes of the networks", { timeout: 60_000 }, () => {
  it("ask for every pair of nodes once, by the later of the two", async () => {
    const graph = await clusterGraph({ ...linode, workers: { count: 3 } });
    const script = "/usr/local/lib/hardway/probe-pod-network.sh";
    const [master, first, second] = [
      "master-1=10.10.0.11",
      "worker-1=10.10.0.21",
      "worker-2=10.10.0.22",
    ];
    expect(line(graph, "worker-1-pod-network")).toBe(`${script} worker-1 ${master}`);
    expect(line(graph, "worker-2-pod-network")).toBe(`${script} worker-2 ${master} ${first}`);
    expect(line(graph, "worker-3-pod-network")).toBe(
      `${script} worker-3 ${master} ${first} ${second}`,
    );
  });

  it("come before whatever needs the pod network", async () => {
    const graph = await clusterGraph(linode);
    for (const name of ["coredns", "metrics-server", "cert-manager-webhook"]) {
      const needs = names(graph.one("kubernetes:apps/v1:Deployment", name));
      expect(needs).toEqual(
        expect.arrayContaining(["worker-1-pod-network", "worker-2-pod-network"]),
      );
    }
  });

  it("ask cluster DNS for a name outside, once it runs, and nothing waits for the answer", async () => {
    const graph = await clusterGraph({ acme });
    const probe = graph.one(command, "worker-2-dns");
    expect(line(graph, "worker-2-dns")).toBe(
      "/usr/local/lib/hardway/probe-dns.sh worker-2 10.32.0.10 acme.example.com",
    );
    expect(names(probe)).toEqual(["coredns"]);
    expect(graph.resources.filter((it) => names(it).includes("worker-2-dns"))).toEqual([]);
  });

  it("have nothing to ask where there is no DNS of ours, or no network of ours", async () => {
    const off = { enabled: false };
    const graph = await clusterGraph({
      addons: { flannel: off, coredns: off, metricsServer: off, certManager: off },
      ingress: off,
    });
    const steps = graph.ofType(command).map(({ name }) => name);
    expect(steps.filter((name) => /-(pod-network|dns)$/.test(name))).toEqual([]);
  });
});
