import { checkConfig } from "../../components/config.ts";
import type { ClusterSpec } from "../../components/spec.ts";

const digest = (seed: number) => seed.toString(16).padStart(2, "0").repeat(32);

const fileVersions = {
  "kube-apiserver": "1.36.4",
  "kube-controller-manager": "1.36.4",
  "kube-scheduler": "1.36.4",
  kubectl: "1.36.4",
  kubelet: "1.36.4",
  "kube-proxy": "1.36.4",
  flanneld: "0.28.7",
  runc: "1.4.3",
};

const images = {
  pause: "3.10.2",
  coredns: "1.14.7",
  flannel: "0.28.7",
  "flannel-cni-plugin": "0.9.1",
  "metrics-server": "0.9.0",
  "nginx-ingress": "5.5.4",
  traefik: "3.6.13",
  "cert-manager-controller": "1.21.1",
  "cert-manager-webhook": "1.21.1",
  "cert-manager-cainjector": "1.21.1",
  "cert-manager-acmesolver": "1.21.1",
  caddy: "2.11.3",
};

/** Two of cert-manager's kinds, as short as a release file's may be. */
export const sampleCrds = ["certificates", "issuers"]
  .map(
    (plural) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${plural}.cert-manager.io
spec:
  group: cert-manager.io
  names: { kind: ${plural === "issuers" ? "Issuer" : "Certificate"}, plural: ${plural} }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: A thing.
          x-kubernetes-preserve-unknown-fields: true
          properties:
            description: { type: string, description: What it is. }
`,
  )
  .join("---\n");

/** A small lock, so that the tests do not move with the real one. */
export const sampleLock = {
  checked: "2026-11-21",
  defaults: {
    kubernetes: "1.36.4",
    etcd: "3.6.14",
    containerd: "2.3.4",
    runc: "1.4.3",
    "cni-plugins": "1.9.1",
    "cert-manager": "1.21.1",
    ...images,
  },
  files: [
    {
      name: "cert-manager-crds",
      version: "1.21.1",
      url: "https://artifacts.example/cert-manager.crds.yaml",
      sha256: { amd64: digest(99) },
    },
    ...Object.entries(fileVersions).map(([name, version], index) => ({
      name,
      version,
      url: `https://artifacts.example/${name}-{arch}`,
      sha256: { amd64: digest(index + 1) },
    })),
    {
      name: "etcd",
      version: "3.6.14",
      url: "https://artifacts.example/etcd-{arch}.tar.gz",
      sha256: { amd64: digest(100) },
      members: { etcd: "etcd/etcd", etcdctl: "etcd/etcdctl", etcdutl: "etcd/etcdutl" },
    },
    {
      name: "containerd",
      version: "2.3.4",
      url: "https://artifacts.example/containerd-{arch}.tar.gz",
      sha256: { amd64: digest(101) },
      members: {
        containerd: "bin/containerd",
        "containerd-shim-runc-v2": "bin/containerd-shim-runc-v2",
        ctr: "bin/ctr",
      },
    },
    {
      name: "cni-plugins",
      version: "1.9.1",
      url: "https://artifacts.example/cni-{arch}.tgz",
      sha256: { amd64: digest(102) },
      members: {
        bridge: "./bridge",
        "host-local": "./host-local",
        loopback: "./loopback",
        portmap: "./portmap",
      },
    },
  ],
  images: Object.entries(images).map(([name, version], index) => ({
    name,
    version,
    image: `registry.example/${name}:${version}`,
    digest: `sha256:${digest(index + 200)}`,
  })),
};

/** The spec of a cluster with one control-plane machine and two workers; keys of the stack can be added or replaced, those without a namespace are ours. */
export function sampleSpec(values: Readonly<Record<string, unknown>> = {}): ClusterSpec {
  const stack: Record<string, unknown> = {
    provider: "digitalocean",
    region: "fra1",
    operatorCidrs: ["192.0.2.0/24"],
    // What a kubelet asks for itself is nowhere in the graph: tests of that say so.
    kubelet: { certificates: "pulumi" },
    ...values,
  };
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const { spec } = checkConfig({
    project: "hardway",
    stack: "test",
    values: Object.fromEntries(
      Object.entries(stack).map(([key, value]) => [
        key.includes(":") ? key : `hardway:${key}`,
        text(value),
      ]),
    ),
    secret: () => undefined,
    readText: () => JSON.stringify(sampleLock),
  });
  return spec;
}
