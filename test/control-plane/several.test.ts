import { beforeAll, describe, expect, it } from "vitest";
import { bundleOf, stepsOn, textOf, unitStepsOn } from "../support/bundles.ts";
import { graphOfSpec } from "../support/cluster.ts";
import type { Graph } from "../support/graph.ts";
import { withMasters } from "../support/masters.ts";

const masters = ["master-1", "master-2", "master-3"] as const;
const command = "command:remote:Command";

describe("a cluster of three control-plane machines", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphOfSpec(withMasters(...masters));
  }, 120_000);
  const fileOf = (step: string, path: string) =>
    bundleOf(graph.one(command, step)).files.find((file) => file.path === path)?.content;
  const serverOf = (step: string, service: string) => {
    const text = fileOf(step, `/etc/kubernetes/${service}.kubeconfig`) ?? "";
    return /"server": "(.*)"/.exec(text)?.[1];
  };

  it("does the same steps on each, but for what one of them does for all nodes", () => {
    const [first, ...others] = masters.map((node) =>
      stepsOn(graph, node)
        .map(({ name }) => name)
        .filter((name) => name.startsWith(node))
        .map((name) => name.slice(node.length)),
    );
    const common = first?.filter((name) => name !== "-node-removal");
    for (const steps of others) expect(steps).toEqual(common);
  });

  it("has API servers each of which can stand for another", () => {
    for (const node of masters) {
      const { inputs } = graph.one("tls:index/certRequest:CertRequest", `${node}-apiserver`);
      expect(inputs["ipAddresses"]).toEqual(
        expect.arrayContaining(["10.10.0.11", "10.10.0.12", "10.10.0.13", "203.0.113.13"]),
      );
    }
  });

  it("sends the services of a control-plane machine to its own API server, workers to all of them", () => {
    for (const node of masters) {
      for (const service of ["kube-controller-manager", "kube-scheduler"]) {
        expect(serverOf(`${node}-${service}`, service)).toBe("https://127.0.0.1:6443");
      }
    }
    for (const node of ["worker-1", "worker-2"]) {
      const config = fileOf(`${node}-api-balancer`, "/etc/kubernetes/api-balancer.cfg");
      expect(config?.match(/\d\S*:6443(?= check)/g)).toEqual([
        "10.10.0.11:6443",
        "10.10.0.12:6443",
        "10.10.0.13:6443",
      ]);
    }
  });

  it("has a Node for each, without which its flanneld has no range", () => {
    const nodes = graph.ofType("kubernetes:core/v1:Node").map(({ name }) => name);
    expect(nodes).toEqual([...masters]);
    expect(graph.ofType(command).filter(({ name }) => name.endsWith("-flanneld"))).toHaveLength(3);
  });
});

describe("a worker is removed by", () => {
  const removersIn = (graph: Graph) =>
    masters.filter((node) => stepsOn(graph, node).some(({ name }) => name === "worker-1-drain"));

  it("the first control-plane machine, whatever its name", async () => {
    expect(removersIn(await graphOfSpec(withMasters("master-1", "master-2")))).toEqual([
      "master-1",
    ]);
    const graph = await graphOfSpec(withMasters("master-2", "master-3"));
    expect(removersIn(graph)).toEqual(["master-2"]);
    const keys = bundleOf(graph.one(command, "master-2-node-removal")).files;
    expect(keys.map(({ path }) => path)).toContain("/etc/kubernetes/node-remover.kubeconfig");
  }, 120_000);
});

it("signs certificates with one authority, however many are trusted", async () => {
  const graph = await graphOfSpec(withMasters("master-1"));
  const [step] = unitStepsOn(graph, "master-1").filter((it) =>
    textOf(it, "create").includes("kube-controller-manager"),
  );
  const [unit] = step === undefined ? [] : bundleOf(step).files;
  const flag = (name: string) => new RegExp(`${name}=(\\S+)`).exec(unit?.content ?? "")?.[1];
  expect(flag("--cluster-signing-kubelet-client-cert-file")).not.toBe(flag("--root-ca-file"));
}, 120_000);
