import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { AcmeIssuer } from "./addons/acme-issuer.ts";
import { CertManager } from "./addons/cert-manager.ts";
import { ControlPlaneNodes } from "./addons/control-plane-nodes.ts";
import { CoreDns } from "./addons/coredns.ts";
import { Demo } from "./addons/demo.ts";
import { Flannel } from "./addons/flannel.ts";
import { createIngress } from "./addons/ingress.ts";
import { KubeletAccess } from "./addons/kubelet-access.ts";
import { NodeRemovalAccess } from "./addons/node-removal-access.ts";
import { MetricsServer } from "./addons/metrics-server.ts";
import { Foundation } from "./foundation.ts";
import { ControlPlane } from "./control-plane/control-plane.ts";
import { FlannelDaemons } from "./control-plane/flanneld.ts";
import { NodeRemoval } from "./control-plane/node-removal.ts";
import { EtcdCluster } from "./etcd/etcd-cluster.ts";
import type { Manifests } from "./lib/artifacts.ts";
import { kubeconfig } from "./lib/kubeconfig.ts";
import { certManagerCrds } from "./lib/programs.ts";
import { ClusterPki, flannelGroup, kubeletClientUser, nodeRemoverUser } from "./pki/cluster-pki.ts";
import { SshKeys } from "./pki/ssh-keys.ts";
import type { Machine, Machines } from "./providers/machine.ts";
import { createMachines } from "./providers/machines.ts";
import { adoptHosts } from "./remote/adopted-hosts.ts";
import { Host } from "./remote/host.ts";
import type { ClusterSpec } from "./spec.ts";
import { Worker } from "./workers/worker.ts";

export interface ClusterArgs {
  readonly spec: ClusterSpec;
  /** What `spec.artifacts.manifests` lists. */
  readonly manifests: Manifests;
  /** Secret. The token for the cloud's API; without it the cloud's plugin looks for its own variable. */
  readonly cloudToken: pulumi.Output<string> | undefined;
  /** Secret. The key for hosts that are there already. */
  readonly loginKey: pulumi.Output<string> | undefined;
}

/** One node as the stack's output shows it. */
export interface NodeOutput {
  readonly role: string;
  readonly publicIp: string;
  readonly privateIp: string;
}

/**
 * A whole Kubernetes cluster: machines, certificates, etcd, control plane, workers and add-ons, in the order in which they
 * need each other.
 */
export class Cluster extends pulumi.ComponentResource {
  /** Secret. For the operator, with all rights. */
  readonly kubeconfig: pulumi.Output<string>;
  /** URL of the API server as the operator reaches it. */
  readonly apiEndpoint: pulumi.Output<string>;
  readonly nodes: pulumi.Output<Record<string, NodeOutput>>;
  /** Where the workers serve HTTP and HTTPS, for the DNS; none without ingress. */
  readonly ingressAddresses: pulumi.Output<string[]>;
  /** Address of the demo page; undefined without it. */
  readonly demoUrl: pulumi.Output<string> | undefined;
  /** When each certificate ends, RFC 3339, by its name. */
  readonly certificates: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:Cluster", name, {}, opts);
    const { spec, manifests, cloudToken, loginKey } = args;
    const child = { parent: this };
    const nodeNames = [...spec.controlPlane.nodes, ...spec.workers.nodes].map((node) => node.name);

    new Foundation("foundation", { spec }, child);
    const access = () => new SshKeys("ssh", { nodeNames }, child);
    const machines = createMachines(
      "cloud",
      { spec, access, token: cloudToken, loginKey, adopt: adoptHosts(spec) },
      child,
    );
    const pki = new ClusterPki("pki", { spec, machines }, child);

    const host = (machine: Machine) =>
      new Host(machine.node.name, { machine, downloads: spec.artifacts.files }, child);
    const controlPlaneHosts = machines.controlPlane.map(host);
    const workerHosts = machines.workers.map(host);

    const etcd = new EtcdCluster(
      "etcd",
      { clusterName: spec.clusterName, hosts: controlPlaneHosts, pki },
      child,
    );
    const controlPlane = new ControlPlane(
      "control-plane",
      {
        spec,
        hosts: controlPlaneHosts,
        pki,
        etcdServers: etcd.clientUrls,
        etcdReady: etcd.ready,
      },
      child,
    );
    const { apiReady } = controlPlane;
    const apiServer = onlyOne(controlPlane.internalEndpoints);
    const workers = workerHosts.map(
      (worker) =>
        new Worker(
          `${worker.machine.node.name}-services`,
          { spec, host: worker, pki, apiServer, apiReady },
          child,
        ),
    );

    this.apiEndpoint =
      machines.apiAddress === undefined
        ? onlyOne(controlPlane.publicEndpoints)
        : pulumi.interpolate`https://${machines.apiAddress}:6443`;
    this.kubeconfig = adminKubeconfig(spec, pki, this.apiEndpoint);
    const kubernetes = new KubernetesProvider(
      "kubernetes",
      {
        kubeconfig: this.kubeconfig,
        // Known before the cluster exists and never changing, so that no renewed certificate replaces every object.
        clusterIdentifier: `${pulumi.getProject()}/${pulumi.getStack()}/${spec.clusterName}`,
        // What an interrupted run made, and could not write down, is taken over by the next.
        upsertExistingObjects: true,
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { ...child, dependsOn: [...apiReady], deletedWith: machines.deletedWith },
    );
    const inCluster = { ...child, provider: kubernetes, deletedWith: machines.deletedWith };

    new KubeletAccess("kubelet-access", { user: kubeletClientUser }, inCluster);
    const removal = new NodeRemovalAccess("node-removal", { user: nodeRemoverUser }, inCluster);
    new NodeRemoval(
      "node-removal",
      { spec, host: onlyOne(controlPlaneHosts), pki, workers, granted: removal.granted },
      child,
    );
    const network = spec.addons.flannel.isEnabled
      ? this.#podNetwork(spec, { controlPlaneHosts, workers, pki, inCluster })
      : [];
    if (spec.addons.coredns.isEnabled) {
      new CoreDns("coredns", { spec, after: network }, inCluster);
    }
    if (pki.metricsServer !== null) {
      const keys = pki.metricsServer;
      new MetricsServer("metrics-server", { spec, keys, after: network }, inCluster);
    }
    const web = this.#webAddons(spec, { manifests, after: network, inCluster });

    this.nodes = nodeOutputs([...machines.controlPlane, ...machines.workers]);
    this.ingressAddresses = pulumi.all(
      spec.addons.ingress.isEnabled ? ingressAddressesOf(machines) : [],
    );
    this.demoUrl = web.demoUrl;
    this.certificates = pki.expiries;
    this.registerOutputs({});
  }

  /** flannel on the workers and, for the API server's sake, on the control plane. */
  #podNetwork(
    spec: ClusterSpec,
    { controlPlaneHosts, workers, pki, inCluster }: PodNetworkParts,
  ): readonly pulumi.Resource[] {
    const flannel = new Flannel(
      "flannel",
      { spec, controlPlaneGroup: flannelGroup, after: workers.map((worker) => worker.registered) },
      inCluster,
    );
    const stubs = new ControlPlaneNodes(
      "control-plane-nodes",
      { machines: controlPlaneHosts.map((host) => host.machine) },
      inCluster,
    );
    const daemons = new FlannelDaemons(
      "flannel-daemons",
      { spec, hosts: controlPlaneHosts, pki, after: [...stubs.nodes, ...flannel.access] },
      { parent: this },
    );
    return [flannel.ready, ...daemons.ready];
  }

  /** Ingress, certificates and the page that needs both. */
  #webAddons(
    spec: ClusterSpec,
    { manifests, after, inCluster }: WebParts,
  ): { readonly demoUrl: pulumi.Output<string> | undefined } {
    const { ingress, certManager, acme, demo } = spec.addons;
    const controller = ingress.isEnabled ? createIngress({ spec, after }, inCluster) : null;
    const crds = manifests[certManagerCrds] ?? "";
    const issuing = certManager.isEnabled
      ? new CertManager("cert-manager", { spec, crds, after }, inCluster)
      : null;
    if (acme === null || controller === null || issuing === null) return { demoUrl: undefined };
    const ingressClass = controller.className;
    const { kubeconfig } = this;
    const issuer = new AcmeIssuer(
      "acme",
      { acme, kubeconfig, ingressClass, after: issuing.ready },
      inCluster,
    );
    if (demo === null) return { demoUrl: undefined };
    const { host } = demo;
    const page = new Demo(
      "demo",
      {
        spec,
        host,
        kubeconfig,
        ingressClass,
        issuer: { name: issuer.issuerName, ready: issuer.ready },
        after,
      },
      inCluster,
    );
    // Told when it is served, not before.
    const served = pulumi.all([...page.ready, controller.ready].map((part) => part.urn));
    return { demoUrl: served.apply(() => `https://${host}`) };
  }
}

interface WebParts {
  readonly manifests: Manifests;
  readonly after: readonly pulumi.Resource[];
  readonly inCluster: pulumi.ComponentResourceOptions;
}

interface PodNetworkParts {
  readonly controlPlaneHosts: readonly Host[];
  readonly workers: readonly Worker[];
  readonly pki: ClusterPki;
  readonly inCluster: pulumi.ComponentResourceOptions;
}

function adminKubeconfig(
  { clusterName }: ClusterSpec,
  { kubernetes, admin }: ClusterPki,
  server: pulumi.Output<string>,
): pulumi.Output<string> {
  const parts = pulumi.all([server, kubernetes.certPem, admin.certPem, admin.keyPem]);
  return pulumi.secret(
    parts.apply(([url, caPem, certificatePem, keyPem]) =>
      kubeconfig({
        clusterName,
        server: url,
        user: "kubernetes-admin",
        identity: { caPem, certificatePem, keyPem },
      }),
    ),
  );
}

function ingressAddressesOf({ ingressAddress, workers }: Machines): pulumi.Output<string>[] {
  return ingressAddress === undefined ? workers.map((it) => it.publicIp) : [ingressAddress];
}

// With several API servers every node gets a small local balancer (controlPlane.count in config.ts says that this is to come).
function onlyOne<T>(each: readonly T[]): T {
  const [only, ...more] = each;
  if (only === undefined || more.length > 0) {
    throw new Error(`controlPlane.count: not yet supported, got ${each.length}; write 1`);
  }
  return only;
}

function nodeOutputs(machines: readonly Machine[]): pulumi.Output<Record<string, NodeOutput>> {
  const entries = machines.map(({ node, publicIp, privateIp }) => [
    node.name,
    { role: node.role, publicIp, privateIp },
  ]);
  return pulumi.output(Object.fromEntries(entries) as Record<string, NodeOutput>);
}
