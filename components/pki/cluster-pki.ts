import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { sha256Base64 } from "../lib/hash.ts";
import type { Machine, Machines } from "../providers/machine.ts";
import type { ClusterSpec } from "../spec.ts";
import { Authority } from "./authority.ts";
import { KeyPair, type KeyPairArgs } from "./key-pair.ts";

/** The certificates of one control-plane machine. */
export interface ControlPlaneKeys {
  readonly etcdServer: KeyPair;
  readonly etcdPeer: KeyPair;
  readonly apiserver: KeyPair;
  readonly apiserverEtcdClient: KeyPair;
  readonly apiserverKubeletClient: KeyPair;
  readonly frontProxyClient: KeyPair;
  readonly controllerManager: KeyPair;
  readonly scheduler: KeyPair;
  readonly flanneld: KeyPair;
}

/** The certificates of one worker. */
export interface WorkerKeys {
  readonly kubelet: KeyPair;
  readonly kubeletServing: KeyPair;
  readonly kubeProxy: KeyPair;
}

/** What metrics-server and its callers need. */
export interface MetricsKeys {
  readonly serving: KeyPair;
  /** Who signed `serving`: nobody else's certificate passes for it. */
  readonly authorityPem: pulumi.Output<string>;
  /** Who signed the certificates of kubelets. */
  readonly kubeletCaPem: pulumi.Output<string>;
}

/** The key that signs service account tokens, and its public half that checks them. */
export interface ServiceAccountKey {
  readonly publicKeyPem: pulumi.Output<string>;
  /** Secret. */
  readonly privateKeyPem: pulumi.Output<string>;
}

/** The group that flannel's rights are bound to. */
export const flannelGroup = "hardway:flannel";

export interface ClusterPkiArgs {
  readonly spec: ClusterSpec;
  readonly machines: Machines;
}

/**
 * Who may prove to be whom.
 *
 * Authorities that do not trust each other: a kubelet's serving certificate is no client certificate, and
 * nothing but the API server can talk to etcd. Every component of every machine has a certificate of its own.
 * @see https://kubernetes.io/docs/setup/best-practices/certificates/
 */
export class ClusterPki extends pulumi.ComponentResource {
  readonly kubernetes: Authority;
  readonly etcd: Authority;
  readonly frontProxy: Authority;
  readonly kubeletServing: Authority;
  readonly serviceAccount: ServiceAccountKey;
  /** Secret. 32 bytes in base64, for Secrets at rest. */
  readonly encryptionKey: pulumi.Output<string>;
  /** The operator. */
  readonly admin: KeyPair;
  /** Who empties and forgets a worker before its machine goes. */
  readonly nodeRemover: KeyPair;
  /** Null when metrics-server is off. */
  readonly metricsServer: MetricsKeys | null;
  /** When each certificate ends, RFC 3339, by its name. */
  readonly expiries: pulumi.Output<Record<string, string>>;

  readonly #controlPlane: ReadonlyMap<string, ControlPlaneKeys>;
  readonly #workers: ReadonlyMap<string, WorkerKeys>;

  constructor(name: string, args: ClusterPkiArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:pki:ClusterPki", name, {}, opts);
    const { spec, machines } = args;
    const child = { parent: this };
    const issued = new Map<string, pulumi.Output<string>>();
    const authority = (id: string, commonName: string) => {
      const made = new Authority(id, { commonName }, child);
      issued.set(id, made.expiry);
      return made;
    };
    const issue = (id: string, pair: KeyPairArgs) => {
      const made = new KeyPair(id, pair, child);
      issued.set(id, made.expiry);
      return made;
    };

    this.kubernetes = authority("ca", "kubernetes");
    this.etcd = authority("etcd-ca", "etcd");
    this.frontProxy = authority("front-proxy-ca", "kubernetes-front-proxy");
    this.kubeletServing = authority("kubelet-serving-ca", "kubelet-serving");

    const serviceAccount = new tls.PrivateKey(
      "service-account",
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      child,
    );
    this.serviceAccount = serviceAccount;
    // A key of its own, used for nothing else: its hash is as good as 32 random bytes, and is kept in state like any key.
    const encryption = new tls.PrivateKey("encryption-at-rest", { algorithm: "ED25519" }, child);
    this.encryptionKey = encryption.privateKeyPem.apply(sha256Base64);

    this.admin = issue("admin", {
      authority: this.kubernetes,
      commonName: "kubernetes-admin",
      organization: "system:masters",
      use: "client",
    });
    this.nodeRemover = issue("node-remover", {
      authority: this.kubernetes,
      commonName: nodeRemoverUser,
      use: "client",
    });
    this.#controlPlane = new Map(
      machines.controlPlane.map((machine) => [
        machine.node.name,
        this.#controlPlaneKeys(machine, machines, spec, issue),
      ]),
    );
    this.#workers = new Map(
      machines.workers.map((machine) => [machine.node.name, this.#workerKeys(machine, issue)]),
    );
    this.metricsServer = spec.addons.metricsServer.isEnabled
      ? this.#metricsKeys(authority("metrics-server-ca", "metrics-server"), issue)
      : null;
    this.expiries = pulumi.all(Object.fromEntries(issued));
    this.registerOutputs({});
  }

  controlPlaneOf(machine: Machine): ControlPlaneKeys {
    return known(this.#controlPlane, machine);
  }

  workerOf(machine: Machine): WorkerKeys {
    return known(this.#workers, machine);
  }

  #controlPlaneKeys(
    machine: Machine,
    machines: Machines,
    spec: ClusterSpec,
    issue: (id: string, pair: KeyPairArgs) => KeyPair,
  ): ControlPlaneKeys {
    const { name } = machine.node;
    const { kubernetes, etcd, frontProxy } = this;
    const service = `kubernetes.default.svc`;
    return {
      // Both uses: etcd's own gateway is a client of its server, with the server's certificate.
      etcdServer: issue(`${name}-etcd-server`, {
        authority: etcd,
        commonName: name,
        use: "both",
        dnsNames: [name, "localhost"],
        ipAddresses: ["127.0.0.1", machine.privateIp],
      }),
      etcdPeer: issue(`${name}-etcd-peer`, {
        authority: etcd,
        commonName: name,
        use: "both",
        dnsNames: [name],
        ipAddresses: [machine.privateIp],
      }),
      // Good for every way to any of the API servers, so that clients may be sent to another one.
      apiserver: issue(`${name}-apiserver`, {
        authority: kubernetes,
        commonName: "kube-apiserver",
        use: "server",
        dnsNames: [
          "kubernetes",
          "kubernetes.default",
          service,
          `${service}.${spec.network.clusterDomain}`,
          "localhost",
          ...machines.controlPlane.flatMap((member) => [member.node.name, ...namesOf(member)]),
        ],
        ipAddresses: [
          "127.0.0.1",
          spec.network.apiServiceIp,
          ...machines.controlPlane.flatMap(addressesOf),
          ...(machines.apiAddress === undefined ? [] : [machines.apiAddress]),
        ],
      }),
      apiserverEtcdClient: issue(`${name}-apiserver-etcd-client`, {
        authority: etcd,
        commonName: "kube-apiserver",
        use: "client",
      }),
      // The user that components/addons/kubelet-access.ts lets talk to kubelets.
      apiserverKubeletClient: issue(`${name}-apiserver-kubelet-client`, {
        authority: kubernetes,
        commonName: kubeletClientUser,
        use: "client",
      }),
      frontProxyClient: issue(`${name}-front-proxy-client`, {
        authority: frontProxy,
        commonName: "front-proxy-client",
        use: "client",
      }),
      controllerManager: issue(`${name}-controller-manager`, {
        authority: kubernetes,
        commonName: "system:kube-controller-manager",
        use: "client",
      }),
      scheduler: issue(`${name}-scheduler`, {
        authority: kubernetes,
        commonName: "system:kube-scheduler",
        use: "client",
      }),
      flanneld: issue(`${name}-flanneld`, {
        authority: kubernetes,
        commonName: `flannel:${name}`,
        organization: flannelGroup,
        use: "client",
      }),
    };
  }

  #metricsKeys(
    authority: Authority,
    issue: (id: string, pair: KeyPairArgs) => KeyPair,
  ): MetricsKeys {
    const service = "metrics-server.kube-system.svc";
    const serving = issue("metrics-server", {
      authority,
      commonName: service,
      use: "server",
      dnsNames: [service],
    });
    return {
      serving,
      authorityPem: authority.certPem,
      kubeletCaPem: this.kubeletServing.certPem,
    };
  }

  #workerKeys(machine: Machine, issue: (id: string, pair: KeyPairArgs) => KeyPair): WorkerKeys {
    const { name } = machine.node;
    return {
      kubelet: issue(`${name}-kubelet`, {
        authority: this.kubernetes,
        commonName: `system:node:${name}`,
        organization: "system:nodes",
        use: "client",
      }),
      kubeletServing: issue(`${name}-kubelet-serving`, {
        authority: this.kubeletServing,
        commonName: `system:node:${name}`,
        organization: "system:nodes",
        use: "server",
        dnsNames: [name, ...namesOf(machine)],
        ipAddresses: addressesOf(machine),
      }),
      kubeProxy: issue(`${name}-kube-proxy`, {
        authority: this.kubernetes,
        commonName: "system:kube-proxy",
        use: "client",
      }),
    };
  }
}

/** The user that components/addons/node-removal-access.ts lets drain and delete nodes. */
export const nodeRemoverUser = "hardway:node-remover";

function addressesOf({ privateIp, publicIp, publicName }: Machine): pulumi.Output<string>[] {
  return publicName === undefined ? [privateIp, publicIp] : [privateIp];
}

function namesOf({ publicName }: Machine): string[] {
  return publicName === undefined ? [] : [publicName];
}

/** The user as whom the API server calls kubelets. */
export const kubeletClientUser = "kube-apiserver-kubelet-client";

function known<Keys>(all: ReadonlyMap<string, Keys>, machine: Machine): Keys {
  const keys = all.get(machine.node.name);
  if (keys === undefined) throw new Error(`${machine.node.name}: no certificates were made for it`);
  return keys;
}
