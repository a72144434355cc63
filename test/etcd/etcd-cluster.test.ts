import type * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { bundleOf, stepsOn, textOf } from "../support/bundles.ts";
import { graphOfSpec } from "../support/cluster.ts";
import type { Graph } from "../support/graph.ts";
import { projectPath } from "../../components/lib/assets.ts";
import type { EtcdSpec } from "../../components/spec.ts";
import { withMasters } from "../support/masters.ts";

const masters = ["master-1", "master-2", "master-3"];

describe("etcd", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphOfSpec(withMasters(...masters));
  }, 120_000);
  const valuesOf = (step: string, path: string) => {
    const files = bundleOf(graph.one("command:remote:Command", step)).files;
    const text = files.find((file) => file.path === path)?.content ?? "";
    return Object.fromEntries(
      [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>;
  };
  const namesOf = (certificate: string) =>
    graph.one("tls:index/certRequest:CertRequest", certificate).inputs["ipAddresses"];

  const after = (of: Graph, step: string) => {
    const { opts } = of.one("command:remote:Command", step);
    return (opts.dependsOn as { __name?: string }[]).map(({ __name = "" }) => __name);
  };
  const textIn = (step: string, path: string) =>
    bundleOf(graph.one("command:remote:Command", step)).files.find((file) => file.path === path)
      ?.content;

  it("is reached by every API server on its own machine, at an address that the certificate names", () => {
    for (const node of masters) {
      const unit = textIn(`${node}-kube-apiserver`, "/etc/systemd/system/kube-apiserver.service");
      const { hostname } = new URL(/--etcd-servers=(\S+)/.exec(unit ?? "")?.[1] ?? "");
      expect(namesOf(`${node}-etcd-server`)).toContain(hostname);
    }
  });

  it("has members that know each other, by an address of their certificate", () => {
    for (const node of masters) {
      const address = valuesOf(`${node}-etcd`, "/etc/etcd/etcd.env")["PRIVATE_IP"] ?? "";
      const members = textIn(`${node}-etcd-pki`, "/etc/etcd/members");
      expect(members?.split("\n")).toContain(`${node} ${address}`);
      expect(members?.match(/^master-/gm)).toHaveLength(3);
      expect(namesOf(`${node}-etcd-peer`)).toEqual([address]);
    }
  });

  it("restarts no member for one that comes or goes", async () => {
    const alone = await graphOfSpec(withMasters("master-1"));
    const inputsOf = (of: Graph) => of.one("command:remote:Command", "master-1-etcd").inputs;
    expect(inputsOf(alone)).toEqual(inputsOf(graph));
  }, 120_000);

  it("begins a new cluster on the machines of the first run, and never again", async () => {
    const foundersIn = (of: Graph) =>
      of.ofType("command:remote:Command").filter(({ name }) => name.endsWith("-etcd-founder"));
    expect(foundersIn(graph).map(({ name }) => name)).toEqual(
      masters.map((node) => `${node}-etcd-founder`),
    );
    const living = ["master-1-etcd-founder", "master-1-etcd"];
    const grown = foundersIn(
      await graphOfSpec(withMasters(...masters), "preview", undefined, living),
    );
    expect(grown.map(({ name, opts }) => [name, opts.ignoreChanges])).toEqual([
      ["master-1-etcd-founder", ["*"]],
    ]);
    const older = await graphOfSpec(withMasters("master-1"), "preview", undefined, [
      "master-1-etcd",
    ]);
    expect(foundersIn(older)).toEqual([]);
  }, 240_000);

  describe("whose data is lost", () => {
    const steps = (of: Graph) =>
      [...of.ofType("command:remote:Command"), ...of.ofType("command:remote:CopyToRemote")].filter(
        ({ name }) => /-etcd-(founder|snapshot)/.test(name),
      );
    const withEtcd = (etcd: EtcdSpec, ...existing: readonly string[]) => {
      const living = masters.flatMap((node) => [`${node}-etcd`, `${node}-etcd-founder`]);
      const spec = { ...withMasters(...masters), etcd };
      return graphOfSpec(spec, "up", undefined, [...living, ...existing]);
    };

    it("begins anew on its first machine alone, with the snapshot, and the others come after it", async () => {
      const lost = await withEtcd({ generation: 2, isLost: true, restoreFrom: "etcd.db" });
      expect(steps(lost).map(({ name, opts }) => [name, opts.ignoreChanges])).toEqual([
        ["master-1-etcd-founder-2", undefined],
        ["master-1-etcd-snapshot-2", undefined],
      ]);
      const permit = lost.one("command:remote:Command", "master-1-etcd-founder-2");
      expect(textOf(permit, "create")).toMatch(/permit-etcd\.sh root$/);
      const copy = lost.one("command:remote:CopyToRemote", "master-1-etcd-snapshot-2");
      expect(await (copy.inputs["source"] as pulumi.asset.FileAsset).path).toBe(
        projectPath("etcd.db"),
      );
      expect(after(lost, "master-1-etcd")).toContain("master-1-etcd-snapshot-2");
      expect(after(lost, "master-2-etcd")).toContain("master-1-etcd");
    }, 120_000);

    it("begins with nothing where no snapshot is given", async () => {
      const lost = await withEtcd({ generation: 2, isLost: true, restoreFrom: null });
      expect(steps(lost).map(({ name }) => name)).toEqual(["master-1-etcd-founder-2"]);
      const permit = lost.one("command:remote:Command", "master-1-etcd-founder-2");
      expect(textOf(permit, "create")).toMatch(/permit-etcd\.sh$/);
    }, 120_000);

    it("leaves all that as it is for ever once it lives again, whatever becomes of the file and the machine", async () => {
      const again = await withEtcd(
        { generation: 2, isLost: false, restoreFrom: null },
        ...["master-1-etcd-founder-2", "master-1-etcd-snapshot-2"],
      );
      expect(steps(again).map(({ name, opts }) => [name, opts.ignoreChanges])).toEqual([
        ["master-1-etcd-founder-2", ["*"]],
        ["master-1-etcd-snapshot-2", ["*"]],
      ]);
    }, 120_000);

    it("has what watches the API on workers start again, once for each generation", async () => {
      const reasons = (of: Graph, step: string) =>
        bundleOf(of.one("command:remote:Command", step)).reasons.filter((it) => /of etcd/.test(it));
      const lost = await withEtcd({ generation: 2, isLost: true, restoreFrom: null });
      for (const step of ["worker-1-kubelet", "worker-2-kube-proxy"]) {
        expect(reasons(lost, step)).toEqual(["generation 2 of etcd"]);
        expect(reasons(graph, step)).toEqual([]);
      }
      expect(after(lost, "worker-1-pod-range")).toEqual(["worker-1-kubelet"]);
      expect(graph.ofType("command:remote:Command").map(({ name }) => name)).not.toContain(
        "worker-1-pod-range",
      );
    }, 120_000);
  });

  it("lets go of a machine that is not wanted any more, after its clients have, and of none of all to a destroy", () => {
    expect(graph.one("command:remote:Command", "etcd-members").opts.protect).toBe(true);
    expect(after(graph, "etcd-members")).toEqual(
      expect.arrayContaining([
        ...masters.flatMap((node) => [`${node}-etcd`, `${node}-kube-apiserver`]),
        "worker-1-kubelet",
        "worker-2-kubelet",
      ]),
    );
  });

  it("lets nobody but itself read its keys", () => {
    const { files } = bundleOf(graph.one("command:remote:Command", "master-2-etcd-pki"));
    const keys = files.filter(({ content }) => content.includes("PRIVATE KEY"));
    expect(keys.map(({ mode, owner }) => `${mode} ${owner}`)).toEqual([
      "0600 etcd:etcd",
      "0600 etcd:etcd",
    ]);
  });

  it("keeps its data whatever is done: no step's command names it", () => {
    for (const step of masters.flatMap((node) => stepsOn(graph, node))) {
      for (const verb of ["create", "update", "delete"] as const) {
        expect(textOf(step, verb), step.name).not.toContain("/var/lib/etcd");
      }
    }
  });
});
