import type { Architecture, Download, ImageRef } from "./lib/artifacts.ts";

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
  /** CIDRs, masked and sorted as written, that may reach SSH (22) and the API server (6443). */
  readonly operatorCidrs: readonly string[];
  readonly controlPlane: NodeGroupSpec;
  readonly workers: NodeGroupSpec;
  /** Version of each thing in the artifact lock that this cluster uses, without a leading v. */
  readonly versions: Readonly<Record<ComponentName, string>>;
  readonly artifacts: ArtifactSpec;
  readonly kubelet: KubeletSpec;
  readonly addons: AddonsSpec;
  /** True: `pulumi destroy` refuses to delete control-plane machines, which hold etcd's data. */
  readonly isProtected: boolean;
}

/** Where the machines come from; `kind` is the `provider` of the stack. */
export type ProviderSpec = DigitalOceanSpec;

/** @see https://docs.digitalocean.com/reference/api/digitalocean/ */
export interface DigitalOceanSpec {
  readonly kind: "digitalocean";
  /** Region slug, e.g. `fra1`. */
  readonly region: string;
  /** Image slug of new machines, e.g. `debian-12-x64`. */
  readonly image: string;
  /** Base URL of the API; null is the real one. */
  readonly apiEndpoint: string | null;
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
}

/** What a machine is and costs. */
export interface SizeSpec {
  /** The cloud's own name for it, e.g. `s-1vcpu-1gb`. */
  readonly slug: string;
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  /** List price, US dollars a month without tax; null when not known. */
  readonly monthlyUsd: number | null;
}

/** Things with a version of their own; each is in the artifact lock. */
export type ComponentName =
  | "kubernetes"
  | "etcd"
  | "containerd"
  | "runc"
  | "cni-plugins"
  | "flannel"
  | "flannel-cni-plugin"
  | "coredns"
  | "pause"
  | "metrics-server"
  | "nginx-ingress"
  | "traefik"
  | "cert-manager"
  | "caddy";

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
}

/** Which add-ons are installed. */
export interface AddonsSpec {
  readonly flannel: { readonly isEnabled: boolean };
  readonly coredns: { readonly isEnabled: boolean; readonly replicas: number };
  readonly metricsServer: { readonly isEnabled: boolean };
  readonly ingress: { readonly isEnabled: boolean; readonly controller: IngressKind };
  readonly certManager: { readonly isEnabled: boolean };
  /** Who signs certificates; null: nobody yet. */
  readonly acme: AcmeSpec | null;
  /** The demo page; null: none. */
  readonly demo: DemoSpec | null;
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
