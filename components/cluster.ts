import * as pulumi from "@pulumi/pulumi";
import { Addons } from "./addons/addons.ts";
import { BootstrapAccess } from "./addons/bootstrap-access.ts";
import { KubeletAccess } from "./addons/kubelet-access.ts";
import { NodeRemovalAccess } from "./addons/node-removal-access.ts";
import { OwnNamespaces } from "./addons/own-namespaces.ts";
import { podsOfCa } from "./addons/pods-of-ca.ts";
import { createProvider } from "./addons/provider.ts";
import { Foundation, KeysInPlace } from "./foundation.ts";
import { createPodNetwork } from "./cluster/pod-network.ts";
import { createWorkers } from "./cluster/workers.ts";
import { apiAddresses } from "./control-plane/api-addresses.ts";
import { ControlPlane } from "./control-plane/control-plane.ts";
import { CsrApprover } from "./control-plane/csr-approver.ts";
import { OperatorAccess } from "./control-plane/operator-access.ts";
import { NodeRemoval } from "./control-plane/node-removal.ts";
import { NodeUpgrades } from "./control-plane/node-upgrades.ts";
import { rootCaHash } from "./control-plane/root-ca.ts";
import { rewriteSecrets } from "./control-plane/secrets-at-rest.ts";
import { EtcdBackups } from "./etcd/backups.ts";
import { EtcdCluster } from "./etcd/etcd-cluster.ts";
import type { Manifests } from "./facts/artifacts.ts";
import { areRotated } from "./facts/keys.ts";
import { outsideName } from "./facts/outside-name.ts";
import { ClusterPki, nodeRemoverUser } from "./pki/cluster-pki.ts";
import { kubeletClientUser } from "./pki/control-plane-keys.ts";
import { SshKeys } from "./pki/ssh-keys.ts";
import type { Machine } from "./providers/machine.ts";
import {
  dnsRecordsOf,
  ingressAddressesOf,
  nodeOutputs,
  type NodeOutput,
} from "./providers/machine-outputs.ts";
import type { NameServers } from "./providers/name-servers.ts";
import { createMachines } from "./providers/machines.ts";
import { adoptHosts } from "./remote/adopted-hosts.ts";
import { Host } from "./remote/host.ts";
import { onceMade } from "./remote/made.ts";
import { settleInTurn } from "./remote/settled.ts";
import type { ClusterSpec } from "./spec.ts";
import { probeDns } from "./workers/probes.ts";

export interface ClusterArgs {
  readonly spec: ClusterSpec;
  /** What `spec.artifacts.manifests` lists. */
  readonly manifests: Manifests;
  /**
   * Names of the remote steps in the stack's state: a change of what they made goes from machine to machine.
   * @default - none, as in a first plan
   */
  readonly existing?: ReadonlySet<string>;
  /**
   * Names of the Kubernetes namespaces in the stack's state. One that is not there and exists is not taken over.
   * @default - a cluster that is still to be made, in which nobody else has made any
   */
  readonly namespaces?: ReadonlySet<string> | undefined;
  /** Secret. The token for the cloud's API; without it the cloud's plugin looks for its own variable. */
  readonly cloudToken: pulumi.Output<string> | undefined;
  /** Secret. The key for hosts that are there already. */
  readonly loginKey: pulumi.Output<string> | undefined;
  /** Who is asked whether a name is served. @default - the DNS */
  readonly nameServers?: NameServers | undefined;
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
  /** URL of each API server from outside, by its machine's name. */
  readonly apiEndpoints: pulumi.Output<Record<string, string>>;
  /** The cluster's names and the addresses they lead to, or on hosts of the user's are to be pointed to; undefined without a domain. */
  readonly dnsRecords: pulumi.Output<Record<string, string[]>> | undefined;
  readonly nodes: pulumi.Output<Record<string, NodeOutput>>;
  /** Where the workers serve HTTP and HTTPS, for the DNS; none without ingress. */
  readonly ingressAddresses: pulumi.Output<string[]>;
  /** Address of the demo page; undefined without it. */
  readonly demoUrl: pulumi.Output<string> | undefined;
  /** When each certificate ends, RFC 3339, by its name. */
  readonly certificates: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:Cluster", name, {}, opts);
    const { spec, manifests, existing = new Set(), cloudToken, loginKey, nameServers } = args;
    const child = { parent: this };
    const nodeNames = [...spec.controlPlane.nodes, ...spec.workers.nodes].map((node) => node.name);

    new Foundation("foundation", { spec }, child);
    const access = () => new SshKeys("ssh", { nodeNames }, child);
    const machines = createMachines(
      "cloud",
      {
        spec,
        access,
        token: cloudToken,
        loginKey,
        adopt: adoptHosts(spec),
        settle: settleInTurn(spec, existing),
        nameServers,
      },
      child,
    );
    const pki = new ClusterPki("pki", { spec, machines }, child);

    const host = (machine: Machine) =>
      new Host(machine.node.name, { machine, downloads: spec.artifacts.files }, child);
    const controlPlaneHosts = machines.controlPlane.map(host);
    const workerHosts = machines.workers.map(host);

    const etcd = new EtcdCluster("etcd", { spec, hosts: controlPlaneHosts, pki, existing }, child);
    if (spec.backups.isEnabled) {
      const { backups } = spec;
      new EtcdBackups(
        "etcd-backups",
        { backups, hosts: controlPlaneHosts, after: etcd.ready },
        child,
      );
    }
    const controlPlane = new ControlPlane(
      "control-plane",
      { spec, hosts: controlPlaneHosts, pki, etcdReady: etcd.ready, existing },
      child,
    );
    const { apiReady } = controlPlane;
    const api = apiAddresses(machines, spec.apiMaster);
    this.kubeconfig = new OperatorAccess(
      "operator-access",
      { spec, hosts: controlPlaneHosts, pki, api, apiReady },
      child,
    ).kubeconfig;
    const kubernetes = createProvider(
      "kubernetes",
      {
        spec,
        // The preview of a control plane that is to begin anew asks nobody for objects: there is no API server yet.
        kubeconfig: spec.etcd.isLost ? onceMade(apiReady, this.kubeconfig) : this.kubeconfig,
      },
      {
        ...child,
        dependsOn: [...apiReady, ...(machines.names.api?.records ?? [])],
        deletedWith: machines.deletedWith,
      },
    );
    const afterControlPlane = { ...child, dependsOn: [...controlPlane.ready] };
    const caHash = rootCaHash({ spec, hosts: controlPlaneHosts, pki }, afterControlPlane);
    const inCluster = {
      ...child,
      provider: kubernetes,
      deletedWith: machines.deletedWith,
      transformations: caHash === null ? [] : [podsOfCa(caHash)],
    };
    const { bootstrap } = pki;
    const approvers =
      bootstrap === null
        ? []
        : new CsrApprover(
            "csr-approver",
            {
              hosts: controlPlaneHosts,
              identity: bootstrap.identity,
              workers: bootstrap.workers,
              granted: new BootstrapAccess("kubelet-bootstrap", bootstrap, inCluster).granted,
            },
            child,
          ).ready;
    const nodeRemoval = new NodeRemoval(
      "node-removal",
      {
        spec,
        hosts: controlPlaneHosts,
        pki,
        granted: new NodeRemovalAccess("node-removal", { user: nodeRemoverUser }, inCluster)
          .granted,
      },
      child,
    );
    const upgrades = new NodeUpgrades(
      "node-upgrades",
      { spec, removal: nodeRemoval, controlPlaneReady: controlPlane.ready, existing },
      child,
    );
    const workers = createWorkers({
      spec,
      hosts: workerHosts,
      pki,
      controlPlane: machines.controlPlane,
      apiReady,
      approvers,
      existing,
      upgrades,
      parent: this,
    });
    nodeRemoval.drainBefore(workers);
    etcd.keepMembers([...controlPlane.ready, ...workers.flatMap((worker) => worker.healthy)], {
      protect: spec.isProtected,
    });

    this.apiEndpoint = api.operator;
    this.apiEndpoints = pulumi.all(api.byMaster);
    this.dnsRecords = dnsRecordsOf(machines);
    const namespaces = new OwnNamespaces({
      known: args.namespaces,
      kubeconfig: pulumi.all([this.kubeconfig, kubernetes.urn]).apply(([it]) => it),
    });

    new KubeletAccess("kubelet-access", { user: kubeletClientUser }, inCluster);
    const network = spec.addons.flannel.isEnabled
      ? createPodNetwork(spec, {
          controlPlane,
          controlPlaneHosts,
          workerHosts,
          workers,
          pki,
          namespaces,
          existing,
          inCluster,
          parent: this,
        })
      : [];
    const addons = new Addons(
      {
        spec,
        manifests,
        pki,
        kubeconfig: this.kubeconfig,
        demoName: machines.names.demo,
        namespaces,
        after: network,
      },
      inCluster,
    );
    if (areRotated(spec.keys)) {
      const after = [
        ...etcd.ready,
        ...controlPlane.ready,
        ...rewriteSecrets({ spec, hosts: controlPlaneHosts, pki }, afterControlPlane),
        ...workers.flatMap((worker) => worker.healthy),
        ...network,
        nodeRemoval.ready,
        ...addons.ready,
      ];
      new KeysInPlace("keys-in-place", { keys: spec.keys, after }, child);
    }
    const outside = outsideName(spec);
    if (addons.dns.length > 0 && outside !== null) {
      // One of our own is asked for when it is there: resolvers remember that it was not.
      const own = Object.values(machines.names).find(({ name: known }) => known === outside);
      probeDns(
        {
          workers: machines.workers,
          server: spec.network.dnsServiceIp,
          name: own?.served ?? outside,
        },
        { ...child, dependsOn: [...addons.dns, ...(own?.records ?? [])] },
      );
    }

    this.nodes = nodeOutputs([...machines.controlPlane, ...machines.workers]);
    this.ingressAddresses = pulumi.all(
      spec.addons.ingress.isEnabled ? ingressAddressesOf(machines) : [],
    );
    this.demoUrl = addons.demoUrl;
    this.certificates = pki.expiries;
    const { apiEndpoint, apiEndpoints, nodes, ingressAddresses, demoUrl } = this;
    this.registerOutputs({ apiEndpoint, apiEndpoints, nodes, ingressAddresses, demoUrl });
  }
}
