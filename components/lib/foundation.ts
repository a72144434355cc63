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
  /** Image of each control-plane machine, by its name: they hold etcd's data. */
  readonly controlPlane: Readonly<Record<string, string>>;
}

/** As much of a ClusterSpec as is its foundation. */
interface Spec {
  readonly clusterName: string;
  readonly provider: { readonly kind: string; readonly region?: string };
  readonly network: Pick<Foundation, "podCidr" | "serviceCidr" | "nodeCidr">;
  readonly controlPlane: {
    readonly nodes: readonly { readonly name: string; readonly image: string }[];
  };
}

export function foundationOf({ clusterName, provider, network, controlPlane }: Spec): Foundation {
  const { podCidr, serviceCidr, nodeCidr } = network;
  return {
    clusterName,
    provider: provider.kind,
    region: provider.region ?? "",
    podCidr,
    serviceCidr,
    nodeCidr,
    controlPlane: Object.fromEntries(controlPlane.nodes.map(({ name, image }) => [name, image])),
  };
}
