import { beforeAll, describe, expect, it } from "vitest";
import { Cluster } from "../components/cluster.ts";
import { graphOf, isSecret, reveal, type Graph, type Registered } from "./support/graph.ts";
import { sampleCrds, sampleSpec } from "./support/sample.ts";

const build =
  (values = {}) =>
  () => {
    new Cluster("test", {
      spec: sampleSpec(values),
      manifests: { "cert-manager-crds": sampleCrds },
      cloudToken: undefined,
      loginKey: undefined,
    });
  };
const command = "command:remote:Command";
const kubernetes = /^kubernetes:/;
const stepsOf = (graph: Graph, node: string) =>
  graph
    .ofType(command)
    .map((step) => step.name)
    .filter((name) => name.startsWith(`${node}-`));
const text = (step: Registered, input: string) =>
  (reveal(step.inputs[input]) as string | undefined) ?? "";

describe("the cluster's graph", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphOf(build());
  }, 30_000);

  it("does these steps on a control-plane machine and no others", () => {
    expect(stepsOf(graph, "master-1").sort()).toEqual([
      "master-1-binaries",
      "master-1-control-plane-pki",
      "master-1-etcd",
      "master-1-etcd-backup",
      "master-1-etcd-founder",
      "master-1-etcd-pki",
      "master-1-flanneld",
      "master-1-flanneld-pki",
      "master-1-host",
      "master-1-kube-apiserver",
      "master-1-kube-controller-manager",
      "master-1-kube-scheduler",
      "master-1-node-removal",
      "master-1-node-status",
      "master-1-operator-access",
      "master-1-scripts",
    ]);
  });

  it("does these steps on a worker and no others", () => {
    expect(stepsOf(graph, "worker-2").sort()).toEqual([
      "worker-2-api-balancer",
      "worker-2-binaries",
      "worker-2-containerd",
      "worker-2-cordon",
      "worker-2-dns",
      "worker-2-drain",
      "worker-2-host",
      "worker-2-images",
      "worker-2-kube-proxy",
      "worker-2-kubelet",
      "worker-2-packet-filter",
      "worker-2-pki",
      "worker-2-pod-network",
      "worker-2-scripts",
      "worker-2-uncordon",
    ]);
  });

  it("pins the host key of every connection", () => {
    for (const step of graph.ofType(command)) {
      // A worker is drained from the control plane, which keeps etcd's members too.
      const node = /-(drain|cordon|uncordon)$|^etcd-members$/.test(step.name)
        ? "master-1"
        : (/^(master|worker)-\d/.exec(step.name)?.[0] ?? "");
      const connection = reveal(step.inputs["connection"]) as { hostKey: string };
      expect(connection.hostKey).toBe(`ssh-ed25519 AAAA${node}-ssh-host`);
    }
  });

  it("sends keys on stdin only, secret, and never to a log", () => {
    for (const step of graph.ofType(command)) {
      // How long it waits for apt; nothing in its input is secret.
      const isPreparation = step.name.endsWith("-host");
      expect([step.name, step.inputs["logging"]]).toEqual([
        step.name,
        isPreparation ? "stdout" : "none",
      ]);
      if (isPreparation) expect(isSecret(step.inputs["stdin"])).toBe(false);
      expect(step.inputs["addPreviousOutputInEnv"]).toBe(false);
      expect(step.inputs["environment"]).toBeUndefined();
      expect(isSecret(step.inputs["connection"])).toBe(true);
      expect(text(step, "create")).not.toContain("PRIVATE KEY");
      if (text(step, "stdin").includes("PRIVATE KEY")) {
        expect(isSecret(step.inputs["stdin"]), step.name).toBe(true);
      }
    }
  });

  it("hides nothing that is no secret: units and configs are readable in a diff", () => {
    const hidden = graph.ofType(command).filter((step) => isSecret(step.inputs["stdin"]));
    expect(hidden.map((step) => step.name).sort()).toEqual([
      "master-1-control-plane-pki",
      "master-1-etcd-pki",
      "master-1-flanneld-pki",
      "master-1-node-removal",
      "worker-1-pki",
      "worker-2-pki",
    ]);
  });

  it("does not log in to delete: a machine goes as a whole", () => {
    for (const step of graph.ofType(command)) {
      if (!step.name.endsWith("-drain")) expect(step.inputs["delete"]).toBeUndefined();
      // That of the cluster as a whole is nobody's, and nothing to be undone.
      if (/^etcd-members$|cordon$/.test(step.name)) continue;
      expect(step.opts.deletedWith, step.name).toBeDefined();
    }
  });

  it("drains a worker from the control plane before its machine goes, unless all of them go", () => {
    const drain = graph.one(command, "worker-2-drain");
    expect(drain.inputs["delete"]).toBe("/usr/local/lib/hardway/remove-node.sh worker-2");
    expect(drain.opts.deletedWith).toBe(graph.one(command, "master-1-etcd").opts.deletedWith);
    const before = (drain.opts.dependsOn as { __name?: string }[]).map((it) => it.__name);
    expect(before).toEqual([
      "master-1-node-removal",
      "worker-2-kubelet",
      "node-removal",
      "node-removal",
    ]);
  });

  it("may do that and nothing else with the certificate that it is done with", () => {
    const { inputs } = graph.one(
      "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
      "node-removal",
    );
    const rules = inputs["rules"] as { resources: string[]; verbs: string[] }[];
    expect(rules.flatMap(({ resources }) => resources)).toEqual([
      "nodes",
      "pods",
      "pods/eviction",
      "daemonsets",
    ]);
    const user = graph.one("tls:index/certRequest:CertRequest", "node-remover").inputs["subject"];
    expect(user).toEqual({ commonName: "hardway:node-remover" });
  });

  it("gives every resource a parent, but the cluster itself", () => {
    const orphans = graph.resources.filter(({ opts }) => opts.parent === undefined);
    expect(orphans.map(({ name }) => name)).toEqual(["test"]);
  });

  it("names the API server's certificate as clients call it", () => {
    const { inputs } = graph.one("tls:index/certRequest:CertRequest", "master-1-apiserver");
    expect(inputs["dnsNames"]).toContain("kubernetes.default.svc.cluster.local");
    expect(inputs["ipAddresses"]).toEqual(
      expect.arrayContaining(["127.0.0.1", "10.32.0.1", "10.10.0.11", "203.0.113.11"]),
    );
  });

  it("lets each kubelet be only its own node", () => {
    const { inputs } = graph.one("tls:index/certRequest:CertRequest", "worker-2-kubelet");
    expect(inputs["subject"]).toEqual({
      commonName: "system:node:worker-2",
      organization: "system:nodes",
    });
  });

  it("signs etcd's certificates with an authority that Kubernetes clients do not have", () => {
    const signed = (name: string) =>
      graph.one("tls:index/locallySignedCert:LocallySignedCert", name).inputs["caCertPem"];
    expect(signed("master-1-etcd-server")).not.toEqual(signed("master-1-apiserver"));
    expect(signed("admin")).toEqual(signed("worker-1-kubelet"));
    expect(signed("worker-1-kubelet-serving")).not.toEqual(signed("worker-1-kubelet"));
  });

  it("gives no object empty labels or annotations, which the API server would drop and the next plan add", () => {
    for (const { type, name, inputs } of graph.resources) {
      if (!kubernetes.test(type)) continue;
      expect(JSON.stringify(inputs), name).not.toMatch(/"(labels|annotations)":\{\}/);
    }
  });

  it("never replaces a live machine for a new image or user data", () => {
    for (const { opts } of graph.ofType("digitalocean:index/droplet:Droplet")) {
      expect(opts.ignoreChanges).toEqual(expect.arrayContaining(["image", "userData", "sshKeys"]));
    }
  });

  it("keeps the host's private key secret in the user data", () => {
    for (const { inputs } of graph.ofType("digitalocean:index/droplet:Droplet")) {
      expect(isSecret(inputs["userData"])).toBe(true);
      expect(text({ inputs } as Registered, "userData")).toMatch(/^#cloud-config\n/);
    }
  });

  it("lists every resource by name in a first preview, before any machine exists", async () => {
    const preview = await graphOf(build(), "preview");
    const names = (of: Graph) => of.resources.map(({ type, name }) => `${type} ${name}`).sort();
    expect(names(preview)).toEqual(names(graph));
    expect(graph.resources.filter(({ type }) => kubernetes.test(type)).length).toBeGreaterThan(12);
  });
});

describe("a change", () => {
  const changed = (before: Graph, after: Graph) =>
    after.resources
      .filter(({ type, name, inputs }) => {
        const old = before.resources.find((it) => it.type === type && it.name === name);
        return JSON.stringify(old?.inputs) !== JSON.stringify(inputs);
      })
      .map(({ name }) => name)
      .sort();

  it("of a kubelet setting touches one step on each worker", async () => {
    const before = await graphOf(build());
    const after = await graphOf(build({ kubelet: { maxPods: 42, certificates: "pulumi" } }));
    expect(changed(before, after)).toEqual(["worker-1-kubelet", "worker-2-kubelet"]);
  });

  it("of nothing changes nothing", async () => {
    expect(changed(await graphOf(build()), await graphOf(build()))).toEqual([]);
  });
});
