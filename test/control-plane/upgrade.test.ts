import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleOf, textOf } from "../support/bundles.ts";
import { graphOfSpec } from "../support/cluster.ts";
import type { Graph } from "../support/graph.ts";
import { sampleSpec } from "../support/sample.ts";
import { ScriptHost } from "../support/scripts.ts";

const command = "command:remote:Command";
const living = ["master-1-etcd", "master-1-kube-apiserver", "worker-1-kubelet", "worker-2-kubelet"];

/** The graph of the same cluster when nothing exists, or all of it. */
const graphWith = (existing: readonly string[]) =>
  graphOfSpec(sampleSpec(), "preview", undefined, existing);

/** Every step that a step waits for, itself included, by way of others too. */
function before(graph: Graph, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (step: string) => {
    if (found.has(step)) return;
    found.add(step);
    const [registered] = graph.resources.filter((it) => it.name === step && it.type === command);
    const waits = (registered?.opts.dependsOn ?? []) as readonly { readonly __name?: string }[];
    for (const { __name } of waits) if (__name !== undefined) visit(__name);
  };
  visit(name);
  return found;
}

describe("workers that live", () => {
  it("are cordoned one after the other, each when all API servers are new and the one before takes pods again", async () => {
    const graph = await graphWith(living);
    expect([...before(graph, "worker-1-cordon")]).toEqual(
      expect.arrayContaining(["master-1-kube-apiserver", "master-1-kube-controller-manager"]),
    );
    for (const service of ["containerd", "kube-proxy", "api-balancer", "kubelet"]) {
      expect([...before(graph, `worker-1-${service}`)]).toContain("worker-1-cordon");
      expect([...before(graph, `worker-2-${service}`)]).toContain("worker-1-uncordon");
    }
    expect([...before(graph, "worker-1-uncordon")]).toEqual(
      expect.arrayContaining(["worker-1-kubelet", "worker-1-kube-proxy"]),
    );
    expect([...before(graph, "worker-2-cordon")]).toContain("worker-1-uncordon");
    expect([...before(graph, "worker-1-cordon")]).not.toContain("worker-2-uncordon");
  }, 120_000);

  it("are looked at again with another minor version, and with no other", async () => {
    const graph = await graphWith(living);
    const step = graph.one(command, "worker-2-cordon");
    expect(textOf(step, "update")).toBe("/usr/local/lib/hardway/cordon-node.sh worker-2 1.36");
    expect(textOf(step, "create")).toBe(textOf(step, "update"));
    expect(step.inputs["stdin"]).toBeUndefined();
  }, 120_000);
});

describe("workers that are new", () => {
  it("wait for nobody to drain them", async () => {
    const graph = await graphWith([]);
    expect(textOf(graph.one(command, "worker-1-cordon"), "create")).toBe("true");
    const waits = [...before(graph, "worker-2-kubelet")];
    expect(waits.filter((name) => /cordon$/.test(name))).toEqual([]);
  }, 120_000);

  it("plan nothing more once they live", async () => {
    const young = await graphWith([]);
    const old = await graphWith(living);
    for (const name of ["worker-1-cordon", "worker-1-uncordon"]) {
      const [first, later] = [young, old].map((graph) => graph.one(command, name));
      // What ran when it was new is not looked at again.
      expect(later?.opts.ignoreChanges).toEqual(["create"]);
      expect({ ...first?.inputs, create: "" }).toEqual({ ...later?.inputs, create: "" });
    }
  }, 120_000);
});

describe("before an API server restarts", () => {
  let host: ScriptHost;
  beforeEach(() => {
    host = new ScriptHost();
    host.play("systemctl", 'echo "$*" >> $calls; case $1 in start) [ ! -e $calls.fails ] ;; esac');
  });
  afterEach(() => {
    host[Symbol.dispose]();
  });
  const restart = (from: string, to: string) => {
    const target = (version: string) =>
      host.path(`opt/hardway/kube-apiserver-${version}-0123456789ab/kube-apiserver`);
    host.shell(["-c", `ln -sfn ${target(from)} ${host.path("usr-bin/kube-apiserver")}`]);
    const link = `${host.path("usr-bin/kube-apiserver")} ${target(to)}`;
    host.write("bundle", `>>> link ${link}\n`);
    return host.run("may-restart-kube-apiserver.sh", [host.path("bundle")]);
  };

  it("of another minor version, etcd is saved", () => {
    expect(restart("1.36.4", "1.37.1").status).toBe(0);
    expect(host.calls).toContain("start etcd-backup.service\n");
  });

  it.each([
    ["a patch", "1.36.4", "1.36.10"],
    ["an edit", "1.36.4", "1.36.4"],
  ])("for %s it is not", (_what, from, to) => {
    expect(restart(from, to).status).toBe(0);
    expect(host.calls).toBe("");
  });

  it("that cannot be saved, it does not", () => {
    host.write("calls.fails", "");
    const { status, stderr } = restart("1.36.4", "1.37.1");
    expect(status).toBe(1);
    expect(stderr).toContain("Kubernetes stays 1.36: etcd could not be saved");
  });
});

it("the program that a step puts into use names its version, as the next plan reads it", async () => {
  const graph = await graphOfSpec(sampleSpec());
  for (const [step, program] of [
    ["master-1-kube-apiserver", "kube-apiserver"],
    ["worker-1-kubelet", "kubelet"],
  ] as const) {
    const link = bundleOf(graph.one(command, step)).links.find(({ path }) =>
      path.endsWith(`/${program}`),
    );
    expect(link?.target).toMatch(
      new RegExp(`^/opt/hardway/${program}-1\\.36\\.4-[0-9a-f]{12}/${program}$`),
    );
  }
}, 120_000);
