import type { SwitchedAddon } from "./facts/addon-table.ts";
import type { Architecture, Download, ImageRef } from "./facts/artifacts.ts";
import type { ComponentName } from "./facts/components.ts";
import type { Keys } from "./facts/keys.ts";
import type { OwnRule } from "./facts/port-matrix.ts";

/**
 * Everything that is decided before the first resource exists: plain, frozen and total.
 * Made only by `readConfig`; holds no secret and no Output.
 */
export interface ClusterSpec {
  /** Name of the cluster, a DNS label; part of every cloud name and of the tag. */
  readonly clusterName: string;
  /** Tag on everything in the cloud: `hardway-<clusterName>`. */
  readonly tag: string;
  readonly provider: ProviderSpec;
  readonly network: NetworkSpec;
  /** The cluster's names in a zone of the user's; null: it is known by addresses only. */
  readonly names: NamesSpec | null;
  /** The control-plane machine that people and the program talk to; null: any, by the name, or else the first. */
  readonly apiMaster: string | null;
  /** CIDRs, masked and sorted as written, that may reach SSH (22) and the API server (6443). */
  readonly operatorCidrs: readonly string[];
  readonly firewall: FirewallSpec;
  readonly controlPlane: NodeGroupSpec;
  readonly workers: NodeGroupSpec;
  /** Version of each thing in the artifact lock that this cluster uses, without a leading v. */
  readonly versions: Readonly<Record<ComponentName, string>>;
  readonly artifacts: ArtifactSpec;
  readonly kubelet: KubeletSpec;
  readonly etcd: EtcdSpec;
  readonly backups: BackupsSpec;
  readonly addons: AddonsSpec;
  /** Which generations of each key are kept, and which is in use. */
  readonly keys: Keys;
  /** True: `pulumi destroy` refuses to delete control-plane machines, which hold etcd's data. */
  readonly isProtected: boolean;
}

/** Where the machines come from; `kind` is the `provider` of the stack. */
export type ProviderSpec = DigitalOceanSpec | LinodeSpec | ExistingSpec;

/** @see https://docs.digitalocean.com/reference/api/digitalocean/ */
export interface DigitalOceanSpec {
  readonly kind: "digitalocean";
  /** Region slug, e.g. `fra1`. */
  readonly region: string;
  /** Base URL of the API; null is the real one. */
  readonly apiEndpoint: string | null;
  /** Addresses that outlive the machines behind them. */
  readonly reservedIps: ReservedIpsSpec;
}

/** Which of the cluster's endpoints have an address of their own, which a rebuilt machine takes over. */
export interface ReservedIpsSpec {
  /** The API server's. */
  readonly api: boolean;
  /** The first worker's, for HTTP and HTTPS. */
  readonly ingress: boolean;
}

/** @see https://techdocs.akamai.com/linode-api/reference/api */
export interface LinodeSpec {
  readonly kind: "linode";
  /** Region id, e.g. `nl-ams`. */
  readonly region: string;
  /** Origin of the API, without `/v4`; null is the real one. */
  readonly url: string | null;
  /** Address of each node in the VPC, by node name. */
  readonly privateAddresses: Readonly<Record<string, string>>;
}

/** Hosts that are there already, reached by SSH. */
export interface ExistingSpec {
  readonly kind: "existing";
  /** By node name. */
  readonly hosts: Readonly<Record<string, HostSpec>>;
}

/** A way to log in to a host. */
export interface LoginSpec {
  /** IPv4 address or DNS name for SSH. */
  readonly address: string;
  readonly user: string;
  readonly port: number;
  /** The host's public key, in authorized_keys form: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}

/** A host that is there already. */
export interface HostSpec extends LoginSpec {
  /** Where the other nodes reach it: an IPv4 address of `nodeCidr`. */
  readonly privateAddress: string;
  /** Whether `user` is not root and every step goes through `sudo`, which asks for no password. */
  readonly sudo: boolean;
  /** The host through which SSH goes; null: none. */
  readonly bastion: LoginSpec | null;
}

/** DNS names of the cluster's endpoints, in lower case and without a dot at their end. */
export interface NamesSpec {
  /** The zone, which is the user's. */
  readonly domain: string;
  /** Leads to every API server: `api.<clusterName>.<domain>`. */
  readonly api: string;
  /** Leads to where HTTP and HTTPS are served: `ingress.<clusterName>.<domain>`. */
  readonly ingress: string;
}

/** IPv4 ranges of the cluster; no two overlap. */
export interface NetworkSpec {
  /** Cluster DNS domain without dots at its ends, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  /** Range of pod addresses; split into one `nodePodPrefix` range per node, masters included. */
  readonly podCidr: string;
  /** Prefix length of one node's pod range. */
  readonly nodePodPrefix: number;
  /** Range of Service addresses. */
  readonly serviceCidr: string;
  /** Range of the private network between nodes: the VPC. */
  readonly nodeCidr: string;
  /** Address of the Service `kubernetes`: the 1st of `serviceCidr`. */
  readonly apiServiceIp: string;
  /** Address of cluster DNS: the 10th of `serviceCidr`. */
  readonly dnsServiceIp: string;
}

/** What the firewalls let in besides what the cluster itself needs; no rule on hosts that are there already. */
export interface FirewallSpec {
  readonly rules: readonly OwnRule[];
}

export type NodeRole = "control-plane" | "worker";

/** Nodes of one role, in the order of the config. */
export interface NodeGroupSpec {
  readonly nodes: readonly NodeSpec[];
}

/** One machine of the cluster. */
export interface NodeSpec {
  /** Node name = host name = name in the cloud, e.g. `worker-1`; the identity of its resources. */
  readonly name: string;
  readonly role: NodeRole;
  readonly architecture: Architecture;
  readonly size: SizeSpec;
  /** Image that the cloud makes it from, e.g. `debian-12-x64`; empty for a host that is there already. */
  readonly image: string;
}

/** What a machine is and costs. */
export interface SizeSpec {
  /** The cloud's own name for it, e.g. `s-1vcpu-1gb`; `existing`, and zeros, for a host that is there already. */
  readonly slug: string;
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  /** List price, US dollars a month without tax; null when not known. */
  readonly monthlyUsd: number | null;
}

/** Every file and image this cluster uses, resolved from the lock for the architectures in use. */
export interface ArtifactSpec {
  /** What machines download. */
  readonly files: readonly Download[];
  /** What the program itself reads before it makes anything: files with Kubernetes objects. */
  readonly manifests: readonly Download[];
  readonly images: readonly ImageRef[];
  readonly mirror: MirrorSpec;
}

/** Where artifacts are taken from instead of their official addresses; null keeps those. */
export interface MirrorSpec {
  /** Base URL of the files. Already part of each file's `url`. */
  readonly files: string | null;
  /** Base URL of an OCI registry that containerd asks for every image. */
  readonly registry: string | null;
}

/** Settings of kubelet on workers. */
export interface KubeletSpec {
  /** Most pods on one worker; fits into its pod range. */
  readonly maxPods: number;
  readonly certificates: KubeletCertificates;
}

/**
 * Where kubelets' certificates come from: Pulumi issues and renews them, or each kubelet asks the cluster for them, first with a
 * token, and renews them itself.
 */
export type KubeletCertificates = "pulumi" | "bootstrap";

/** Which of the stack's etcd clusters is wanted, one after the other: a next one begins where the data of the last is lost. */
export interface EtcdSpec {
  /** Its number, from 1. */
  readonly generation: number;
  /** Whether it is still to begin, and the stack had one before. */
  readonly isLost: boolean;
  /** The file with which it is to begin, absolute or relative to the project; null: it has begun, or begins with nothing. */
  readonly restoreFrom: string | null;
}

/** What etcd's members save of what they hold, each hour on their own disks. */
export interface BackupsSpec {
  readonly isEnabled: boolean;
  /** How many of them stay on each machine. */
  readonly keep: number;
}

/** Which add-ons are installed. */
export interface AddonsSpec extends Readonly<Record<SwitchedAddon, AddonSpec>> {
  readonly coredns: AddonSpec & { readonly replicas: number };
  readonly ingress: AddonSpec & { readonly controller: IngressKind };
  /** Who signs certificates; null: nobody yet. */
  readonly acme: AcmeSpec | null;
  /** The demo page; null: none. */
  readonly demo: DemoSpec | null;
}

/** What every add-on with a switch has. */
export interface AddonSpec {
  readonly isEnabled: boolean;
}

/** What serves HTTP and HTTPS from outside the cluster. */
export type IngressKind = "nginx" | "traefik";

/** A certificate authority that speaks ACME. @see https://www.rfc-editor.org/rfc/rfc8555 */
export interface AcmeSpec {
  readonly email: string;
  /** URL of its directory. */
  readonly directory: string;
  /** PEM of the authority behind the directory's own HTTPS; null: a public one. */
  readonly caBundle: string | null;
}

export interface DemoSpec {
  /** Its name in DNS. */
  readonly host: string;
}
