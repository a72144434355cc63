import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { ControlPlaneNodes } from "./addons/control-plane-nodes.ts";
import { CoreDns } from "./addons/coredns.ts";
import { Flannel } from "./addons/flannel.ts";
import { KubeletAccess } from "./addons/kubelet-access.ts";
import { ControlPlane } from "./control-plane/control-plane.ts";
import { FlannelDaemons } from "./control-plane/flanneld.ts";
import { EtcdCluster } from "./etcd/etcd-cluster.ts";
import { kubeconfig } from "./lib/kubeconfig.ts";
import { ClusterPki, flannelGroup, kubeletClientUser } from "./pki/cluster-pki.ts";
import { SshKeys } from "./pki/ssh-keys.ts";
import type { Machine } from "./providers/machine.ts";
import { createMachines } from "./providers/machines.ts";
import { Host } from "./remote/host.ts";
import type { ClusterSpec } from "./spec.ts";
import { Worker } from "./workers/worker.ts";

export interface ClusterArgs {
  readonly spec: ClusterSpec;
  /** Secret. The token for the cloud's API; without it the cloud's plugin looks for its own variable. */
  readonly cloudToken?: pulumi.Output<string>;
}

/** One node as the stack's output shows it. */
export interface NodeOutput {
  readonly role: string;
  readonly publicIp: string;
  readonly privateIp: string;
}

/** What runs on the machines of each role, by the names of the artifact lock. */
const programs = {
  controlPlane: [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "flanneld",
  ],
  worker: ["containerd", "runc", "cni-plugins", "kubelet", "kube-proxy"],
};

/**
 * A whole Kubernetes cluster: machines, certificates, etcd, control plane, workers and add-ons, in the order in which they
 * need each other.
 */
export class Cluster extends pulumi.ComponentResource {
  /** Secret. For the operator, with all rights. */
  readonly kubeconfig: pulumi.Output<string>;
  /** URLs of the API servers as the operator reaches them. */
  readonly apiEndpoints: pulumi.Output<string[]>;
  readonly nodes: pulumi.Output<Record<string, NodeOutput>>;
  /** When each certificate ends, RFC 3339, by its name. */
  readonly certificates: pulumi.Output<Record<string, string>>;

  constructor(
    name: string,
    { spec, cloudToken }: ClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:index:Cluster", name, {}, opts);
    const child = { parent: this };
    const nodeNames = [...spec.controlPlane.nodes, ...spec.workers.nodes].map((node) => node.name);

    const access = new SshKeys("ssh", { nodeNames }, child);
    const machines = createMachines("cloud", { spec, access, token: cloudToken }, child);
    const pki = new ClusterPki("pki", { spec, machines }, child);

    const host = (needed: readonly string[]) => (machine: Machine) =>
      new Host(
        machine.node.name,
        { machine, downloads: spec.artifacts.files, programs: needed },
        child,
      );
    const masters = machines.controlPlane.map(host(programs.controlPlane));
    const others = machines.workers.map(host(programs.worker));

    const etcd = new EtcdCluster(
      "etcd",
      { clusterName: spec.clusterName, hosts: masters, pki },
      child,
    );
    const controlPlane = new ControlPlane(
      "control-plane",
      { spec, hosts: masters, pki, etcdServers: etcd.clientUrls, etcdReady: etcd.ready },
      child,
    );
    const workers = others.map(
      (worker) =>
        new Worker(
          `${worker.machine.node.name}-services`,
          {
            spec,
            host: worker,
            pki,
            apiServer: onlyOne(controlPlane.internalEndpoints),
            apiReady: controlPlane.apiReady,
          },
          child,
        ),
    );

    this.kubeconfig = pulumi.secret(
      pulumi
        .all([
          onlyOne(controlPlane.publicEndpoints),
          pki.kubernetes.certPem,
          pki.admin.certPem,
          pki.admin.keyPem,
        ])
        .apply(([server, caPem, certificatePem, keyPem]) =>
          kubeconfig({
            clusterName: spec.clusterName,
            server,
            user: "kubernetes-admin",
            identity: { caPem, certificatePem, keyPem },
          }),
        ),
    );
    const kubernetes = new KubernetesProvider(
      "kubernetes",
      {
        kubeconfig: this.kubeconfig,
        // Known before the cluster exists and never changing, so that no renewed certificate replaces every object.
        clusterIdentifier: `${pulumi.getProject()}/${pulumi.getStack()}/${spec.clusterName}`,
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { ...child, dependsOn: [...controlPlane.apiReady], deletedWith: machines.deletedWith },
    );
    const inCluster = { ...child, provider: kubernetes, deletedWith: machines.deletedWith };

    new KubeletAccess("kubelet-access", { user: kubeletClientUser }, inCluster);
    const controlPlaneNodes = new ControlPlaneNodes(
      "control-plane-nodes",
      { machines: machines.controlPlane },
      inCluster,
    );
    const flannel = new Flannel(
      "flannel",
      { spec, controlPlaneGroup: flannelGroup, after: workers.map((worker) => worker.registered) },
      inCluster,
    );
    const flannelDaemons = new FlannelDaemons(
      "flannel-daemons",
      { spec, hosts: masters, pki, after: [...controlPlaneNodes.nodes, ...flannel.access] },
      child,
    );
    new CoreDns("coredns", { spec, after: [flannel.ready, ...flannelDaemons.ready] }, inCluster);

    this.apiEndpoints = pulumi.all([...controlPlane.publicEndpoints]);
    this.nodes = nodeOutputs([...machines.controlPlane, ...machines.workers]);
    this.certificates = pki.expiries;
    this.registerOutputs({});
  }
}

// With several API servers every node gets a small local balancer (controlPlane.count in config.ts says that this is to come).
function onlyOne(endpoints: readonly pulumi.Output<string>[]): pulumi.Output<string> {
  const [endpoint, ...more] = endpoints;
  if (endpoint === undefined || more.length > 0) {
    throw new Error(`controlPlane.count: not yet supported, got ${endpoints.length}; write 1`);
  }
  return endpoint;
}

function nodeOutputs(machines: readonly Machine[]): pulumi.Output<Record<string, NodeOutput>> {
  const entries = machines.map(({ node, publicIp, privateIp }) => [
    node.name,
    { role: node.role, publicIp, privateIp },
  ]);
  return pulumi.output(Object.fromEntries(entries) as Record<string, NodeOutput>);
}
