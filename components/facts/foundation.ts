import type { ComponentName } from "./components.ts";
import type { Keys } from "./keys.ts";

/** Type of the resource that keeps in the stack's state which generation etcd's cluster is of. */
export const etcdClusterType = "hardway:etcd:EtcdCluster";

/** Type of the resource that keeps the foundation in the stack's state. */
export const foundationType = "hardway:index:Foundation";

/**
 * What a cluster is built on and cannot change while it lives: kept in the stack's state from the first moment, and compared
 * with the config before every later plan.
 */
export interface Foundation {
  readonly clusterName: string;
  readonly provider: string;
  /** Empty where the machines are not rented. */
  readonly region: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly nodeCidr: string;
  /** Undefined in the state of a cluster that was made before this was kept there. */
  readonly clusterDomain: string | undefined;
  /** Version of each component that the last run asked for; of a cluster that was made before this was kept Kubernetes' at most. */
  readonly versions: Partial<Readonly<Record<ComponentName, string>>>;
  /** Where kubelets' certificates come from since the last run. Undefined as above: from Pulumi. */
  readonly kubeletCertificates: "pulumi" | "bootstrap" | undefined;
  /** Keys that the last run was to put in place, whether it came to its end or not. Undefined as above. */
  readonly keys: Keys | undefined;
  /** Image of each control-plane machine, by its name: they hold etcd's data. */
  readonly controlPlane: Readonly<Record<string, string>>;
}

/** As much of a ClusterSpec as is its foundation. */
interface Spec {
  readonly clusterName: string;
  readonly provider: { readonly kind: string; readonly region?: string };
  readonly network: Pick<Foundation, "podCidr" | "serviceCidr" | "nodeCidr" | "clusterDomain">;
  readonly versions: Readonly<Record<ComponentName, string>>;
  readonly kubelet: { readonly certificates: "pulumi" | "bootstrap" };
  readonly keys: Keys;
  readonly controlPlane: {
    readonly nodes: readonly { readonly name: string; readonly image: string }[];
  };
}

export function foundationOf({
  clusterName,
  provider,
  network,
  versions,
  kubelet,
  keys,
  controlPlane,
}: Spec): Foundation {
  const { podCidr, serviceCidr, nodeCidr, clusterDomain } = network;
  return {
    clusterName,
    provider: provider.kind,
    region: provider.region ?? "",
    podCidr,
    serviceCidr,
    nodeCidr,
    clusterDomain,
    versions,
    kubeletCertificates: kubelet.certificates,
    keys,
    controlPlane: Object.fromEntries(controlPlane.nodes.map(({ name, image }) => [name, image])),
  };
}

/**
 * Whether a machine is to be protected by itself: without it etcd's data would be gone. One of several goes and is replaced
 * as any other; what keeps the whole cluster from a `destroy` is components/etcd/etcd-cluster.ts `keepMembers`.
 */
export function holdsAllData(
  { isProtected, controlPlane }: Pick<Spec, "controlPlane"> & { readonly isProtected: boolean },
  { role }: { readonly role: string },
): boolean {
  return isProtected && role === "control-plane" && controlPlane.nodes.length === 1;
}
