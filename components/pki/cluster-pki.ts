import * as pulumi from "@pulumi/pulumi";
import type { Generations } from "../facts/keys.ts";
import { operatorsGroup } from "../facts/operators.ts";
import type { Machine, Machines } from "../providers/machine.ts";
import type { ClusterSpec } from "../spec.ts";
import { Authority } from "./authority.ts";
import { issueControlPlaneKeys, type ControlPlaneKeys } from "./control-plane-keys.ts";
import { createEncryptionKeys, type EncryptionKey } from "./encryption-keys.ts";
import { KeyPair, type Issue } from "./key-pair.ts";
import { createServiceAccountKeys, type ServiceAccountKeys } from "./service-account-keys.ts";
import { createWorkerKeys, type WorkerKeys } from "./worker-keys.ts";

/** What it takes to approve what kubelets ask for. */
export interface KubeletBootstrap {
  /** Name of the user who does it. */
  readonly approver: string;
  readonly identity: KeyPair;
  /** Who may ask for what. */
  readonly workers: readonly BootstrappedWorker[];
}

/** A worker whose kubelet asks for its certificates. */
export interface BootstrappedWorker {
  readonly name: string;
  /** Where the other nodes reach it. */
  readonly address: pulumi.Output<string>;
  readonly tokenId: pulumi.Output<string>;
}

/** What metrics-server and its callers need. */
export interface MetricsKeys {
  readonly serving: KeyPair;
  /** Trust bundle for `serving`: nobody else's certificate passes for it. */
  readonly trustBundle: pulumi.Output<string>;
  /** Trust bundle for the certificates of kubelets. */
  readonly kubeletTrustBundle: pulumi.Output<string>;
}

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
  readonly serviceAccount: ServiceAccountKeys;
  /** For Secrets at rest; the first one writes, all of them read. */
  readonly encryption: readonly EncryptionKey[];
  /** Who drains a worker, and deletes its Node, before its machine goes. */
  readonly nodeRemover: KeyPair;
  /** Null when kubelets ask for nothing. */
  readonly bootstrap: KubeletBootstrap | null;
  /** Null when metrics-server is off. */
  readonly metricsServer: MetricsKeys | null;

  readonly #issue: Issue;
  readonly #issued: ReadonlyMap<string, pulumi.Output<string>>;
  readonly #controlPlane: ReadonlyMap<string, ControlPlaneKeys>;
  readonly #workers: ReadonlyMap<string, WorkerKeys>;

  constructor(name: string, args: ClusterPkiArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:pki:ClusterPki", name, {}, opts);
    const { spec, machines } = args;
    const child = { parent: this };
    const issued = new Map<string, pulumi.Output<string>>();
    const { keys } = spec;
    const authority = (id: string, commonName: string, generations: Generations) => {
      const made = new Authority(id, { commonName, generations }, child);
      for (const [certificate, expiry] of Object.entries(made.expiries)) {
        issued.set(certificate, expiry);
      }
      return made;
    };
    const issue: Issue = (id, pair) => {
      const made = new KeyPair(id, pair, child);
      issued.set(id, made.expiry);
      return made;
    };
    this.#issue = issue;
    this.#issued = issued;

    this.kubernetes = authority("ca", "kubernetes", keys.kubernetesCa);
    this.etcd = authority("etcd-ca", "etcd", keys.etcdCa);
    this.frontProxy = authority("front-proxy-ca", "kubernetes-front-proxy", keys.frontProxyCa);
    this.kubeletServing = authority("kubelet-serving-ca", "kubelet-serving", keys.kubeletServingCa);

    this.serviceAccount = createServiceAccountKeys("service-account", keys.serviceAccount, child);
    this.encryption = createEncryptionKeys("encryption-at-rest", keys.encryption, child);

    this.nodeRemover = issue("node-remover", {
      authority: this.kubernetes,
      commonName: nodeRemoverUser,
      use: "client",
    });
    this.#controlPlane = new Map(
      machines.controlPlane.map((machine) => [
        machine.node.name,
        issueControlPlaneKeys(this, { machine, machines, spec, issue }),
      ]),
    );
    const isBootstrapped = spec.kubelet.certificates === "bootstrap";
    this.#workers = new Map(
      machines.workers.map((machine) => [
        machine.node.name,
        createWorkerKeys(
          machine,
          {
            kubernetes: this.kubernetes,
            kubeletServing: this.kubeletServing,
            isBootstrapped,
            issue,
          },
          child,
        ),
      ]),
    );
    this.bootstrap = isBootstrapped
      ? {
          approver: csrApproverUser,
          identity: issue("csr-approver", {
            authority: this.kubernetes,
            commonName: csrApproverUser,
            use: "client",
          }),
          workers: machines.workers.flatMap(({ node: { name: node }, privateIp }) => {
            const kubelet = this.#workers.get(node)?.kubelet;
            if (kubelet === undefined || "client" in kubelet) return [];
            return [{ name: node, address: privateIp, tokenId: kubelet.bootstrapToken.id }];
          }),
        }
      : null;
    this.metricsServer = spec.addons.metricsServer.isEnabled
      ? this.#metricsKeys(
          authority("metrics-server-ca", "metrics-server", keys.metricsServerCa),
          issue,
        )
      : null;
    this.registerOutputs({ certificates: this.expiries });
  }

  /** When each certificate that was issued until now ends, RFC 3339, by its name. */
  get expiries(): pulumi.Output<Record<string, string>> {
    return pulumi.all(Object.fromEntries(this.#issued));
  }

  /**
   * The operator's, who is nobody without the rights of the group.
   * @param after - what gives the group its rights: with a certificate issued before, no run could go on from one that was cut
   * off in between
   */
  issueOperator(after: readonly pulumi.Resource[]): KeyPair {
    return this.#issue("admin", {
      authority: this.kubernetes,
      commonName: "kubernetes-admin",
      organization: operatorsGroup,
      use: "client",
      after,
    });
  }

  controlPlaneOf(machine: Machine): ControlPlaneKeys {
    return known(this.#controlPlane, machine);
  }

  workerOf(machine: Machine): WorkerKeys {
    return known(this.#workers, machine);
  }

  #metricsKeys(authority: Authority, issue: Issue): MetricsKeys {
    const service = "metrics-server.kube-system.svc";
    const serving = issue("metrics-server", {
      authority,
      commonName: service,
      use: "server",
      dnsNames: [service],
    });
    return {
      serving,
      trustBundle: authority.trustBundle,
      kubeletTrustBundle: this.kubeletServing.trustBundle,
    };
  }
}

/** The user that components/addons/bootstrap-access.ts lets approve requests of kubelets. */
const csrApproverUser = "hardway:csr-approver";

/** The user that components/addons/node-removal-access.ts lets drain and delete nodes. */
export const nodeRemoverUser = "hardway:node-remover";

function known<Keys>(all: ReadonlyMap<string, Keys>, machine: Machine): Keys {
  const keys = all.get(machine.node.name);
  if (keys === undefined) throw new Error(`${machine.node.name}: no certificates were made for it`);
  return keys;
}
