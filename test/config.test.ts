import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { checkConfig, ConfigError } from "../components/config.ts";
import { changedLock, configOf, minimal, problemsOf } from "./support/stack.ts";

describe("a stack that says only who may log in", () => {
  const { spec, warnings } = configOf(minimal);

  test("gets the cluster of the defaults", () => {
    expect(spec).toMatchObject({
      clusterName: "dev",
      tag: "hardway-dev",
      provider: {
        kind: "digitalocean",
        region: "fra1",
        apiEndpoint: null,
        reservedIps: { api: false, ingress: false },
      },
      network: {
        clusterDomain: "cluster.local",
        podCidr: "10.200.0.0/16",
        nodePodPrefix: 24,
        serviceCidr: "10.32.0.0/24",
        nodeCidr: "10.10.0.0/20",
        apiServiceIp: "10.32.0.1",
        dnsServiceIp: "10.32.0.10",
      },
      operatorCidrs: ["203.0.113.7/32"],
      kubelet: { maxPods: 110, certificates: "bootstrap" },
      addons: {
        flannel: { isEnabled: true },
        coredns: { isEnabled: true, replicas: 2 },
        metricsServer: { isEnabled: true },
        ingress: { isEnabled: true, controller: "nginx" },
        certManager: { isEnabled: true },
        acme: null,
        demo: null,
      },
      isProtected: true,
    });
    expect(warnings).toEqual([]);
  });

  test("gets one master and two workers of 1 GiB", () => {
    const nodes = [...spec.controlPlane.nodes, ...spec.workers.nodes];
    expect(nodes.map(({ name, role, architecture }) => [name, role, architecture])).toEqual([
      ["master-1", "control-plane", "amd64"],
      ["worker-1", "worker", "amd64"],
      ["worker-2", "worker", "amd64"],
    ]);
    for (const { size } of nodes) expect(size).toMatchObject({ slug: "s-1vcpu-1gb", vcpus: 1 });
  });

  test("gets every program once from its official address, and every image by digest", () => {
    const names = spec.artifacts.files.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["etcd", "kube-apiserver", "kubelet", "runc"]));
    for (const { url } of spec.artifacts.files) expect(url).toMatch(/^https:.*(amd64)/);
    const images = spec.artifacts.images.map(({ name }) => name);
    expect(images).toEqual([
      "pause",
      "flannel-cni-plugin",
      "flannel",
      "coredns",
      "metrics-server",
      "nginx-ingress",
      "cert-manager-controller",
      "cert-manager-webhook",
      "cert-manager-cainjector",
      "cert-manager-acmesolver",
    ]);
    for (const { name, reference } of spec.artifacts.images) {
      // F5 pushes its tags again with newer bases, so that the lock knows no digest that lasts.
      if (name !== "nginx-ingress") expect(reference).toMatch(/@sha256:/);
    }
    expect(spec.artifacts.manifests.map(({ name }) => name)).toEqual(["cert-manager-crds"]);
    expect(spec.artifacts.mirror).toEqual({ files: null, registry: null });
  });

  test("cannot be changed afterwards, at any depth", () => {
    const isFrozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(spec)).toBe(true);
  });

  test("gives the same spec each time", () => {
    expect(JSON.stringify(configOf(minimal).spec)).toBe(JSON.stringify(spec));
  });
});

describe("what a stack says", () => {
  test("decides names, sizes, ranges and versions", () => {
    const { spec } = configOf({
      ...minimal,
      clusterName: "blue",
      region: "nyc3",
      image: "ubuntu-24-04-x64",
      controlPlane: { nodes: [{ name: "brain" }], size: "s-2vcpu-2gb" },
      workers: { size: "s-1vcpu-2gb", nodes: [{ name: "a" }, { name: "b", size: "s-2vcpu-4gb" }] },
      podCidr: "172.20.0.0/22",
      serviceCidr: "172.21.0.0/28",
      nodeCidr: "192.168.0.0/28",
      clusterDomain: "blue.example",
      kubernetes: { version: "1.37.1" },
      kubelet: { maxPods: 30 },
      addons: {
        coredns: { replicas: 1 },
        metricsServer: { enabled: false },
        certManager: { enabled: false },
      },
      ingress: { enabled: false },
      artifacts: { mirror: "http://10.240.0.1:8080/", registryMirror: "http://10.240.0.1:5000" },
      protect: false,
      "digitalocean:apiEndpoint": "http://10.240.0.1:8000",
    });
    expect(spec.tag).toBe("hardway-blue");
    expect(spec.provider).toMatchObject({ apiEndpoint: "http://10.240.0.1:8000" });
    expect(spec.controlPlane.nodes.map(({ name, size }) => [name, size.slug])).toEqual([
      ["brain", "s-2vcpu-2gb"],
    ]);
    expect(spec.workers.nodes.map(({ name, size }) => [name, size.slug])).toEqual([
      ["a", "s-1vcpu-2gb"],
      ["b", "s-2vcpu-4gb"],
    ]);
    expect(spec.network).toMatchObject({ apiServiceIp: "172.21.0.1", dnsServiceIp: "172.21.0.10" });
    const versions = spec.artifacts.files.filter(({ name }) => name.startsWith("kube"));
    expect(new Set(versions.map(({ version }) => version))).toEqual(new Set(["1.37.1"]));
    expect(spec.versions.kubernetes).toBe("1.37.1");
    for (const { url } of spec.artifacts.files) {
      expect(url).toMatch(/^http:\/\/10\.240\.0\.1:8080\/files\/\w/);
    }
    expect(spec.artifacts.images.map(({ name }) => name)).toEqual([
      "pause",
      "flannel-cni-plugin",
      "flannel",
      "coredns",
    ]);
    expect(spec.isProtected).toBe(false);
  });

  test("one worker gets one CoreDNS", () => {
    expect(configOf({ ...minimal, workers: { count: 1 } }).spec.addons.coredns.replicas).toBe(1);
  });

  test("draws a warning when it lets the whole internet in", () => {
    expect(configOf({ operatorCidrs: ["0.0.0.0/0"] }).warnings).toEqual([
      "operatorCidrs: 0.0.0.0/0 lets the whole internet reach SSH and the API server",
    ]);
  });

  test("in the namespaces of other plugins is none of our business", () => {
    expect(problemsOf({ "kubernetes:context": "x", "aws:region": "y" })).toEqual([]);
  });
});

describe("secrets", () => {
  test("travel beside the spec and never in it", async () => {
    const token = pulumi.secret("dop_v1_example");
    const { spec, secrets } = checkConfig({
      project: "hardway",
      stack: "dev",
      values: {
        "hardway:operatorCidrs": '["203.0.113.7/32"]',
        "digitalocean:token": "dop_v1_example",
      },
      secret: (key) => (key === "digitalocean:token" ? token : undefined),
      readText: () => changedLock(() => undefined),
    });
    expect(secrets.cloudToken).toBe(token);
    expect(await pulumi.isSecret(token)).toBe(true);
    expect(JSON.stringify(spec)).not.toContain("dop_v1_example");
  });

  test("may be missing: the plugin looks for its own variable", () => {
    expect(configOf(minimal).secrets.cloudToken).toBeUndefined();
  });

  test("at a wrong place are in no message", () => {
    const problems = problemsOf({
      token: "hunter2",
      "digitalocean:tokne": "hunter2",
      "hardwy:token": "hunter2",
      workers: { password: "hunter2" },
      artifacts: { mirror: "https://me:hunter2@example.com/", registryMirror: "ssh://hunter2@x" },
    });
    expect(problems).toHaveLength(6);
    expect(problems.join("\n")).not.toContain("hunter2");
  });
});

describe("the error", () => {
  test("counts, names the stack and is one that Pulumi shows without a stack trace", () => {
    const error = new ConfigError("dev", ["a: wrong; write b", "c: wrong; write d"]);
    expect(error.message).toBe(
      '2 problems in stack config "dev":\n  a: wrong; write b\n  c: wrong; write d',
    );
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect(new ConfigError("dev", ["a: wrong; write b"]).message).toMatch(/^1 problem in /);
  });

  test("has every line in one form: path, what is wrong, what to write", () => {
    const problems = problemsOf({
      podCdr: 1,
      workers: { count: 0 },
      region: "x",
      operatorCidrs: ["x"],
      serviceCidr: "x",
      kubelet: { maxPods: 1 },
      artifacts: { lock: "x" },
    });
    expect(problems).toHaveLength(7);
    for (const line of problems) expect(line).toMatch(/^[\w:.[\]]+: [a-z][^;\n]*; [^\n]*[^.\n]$/);
  });
});
