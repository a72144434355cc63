import type * as pulumi from "@pulumi/pulumi";
import type { NodeSpec } from "../spec.ts";

/** How to log in to a machine; the host key is pinned, so a connection to anything else fails. */
export interface SshConnection {
  readonly host: pulumi.Input<string>;
  readonly port: number;
  readonly user: string;
  /** Secret. OpenSSH private key of the operator's login. */
  readonly privateKey: pulumi.Input<string>;
  /** The host's public key, in authorized_keys form. */
  readonly hostKey: pulumi.Input<string>;
  /** The host in between; its host key is pinned too. */
  readonly proxy?: SshConnection;
}

/** An SSH key made in the graph. */
export interface SshKey {
  /** One line in authorized_keys form. */
  readonly publicKey: pulumi.Output<string>;
  /** Secret. In OpenSSH form. */
  readonly privateKey: pulumi.Output<string>;
}

/** Who may log in to the machines, and the key by which each proves to be itself. */
export interface MachineAccess {
  readonly login: SshKey;
  hostKeyOf(nodeName: string): SshKey;
}

/** A host of the cluster, however it came to be. */
export interface Machine {
  readonly node: NodeSpec;
  /** Go's name of the processor architecture. */
  readonly arch: "amd64" | "arm64";
  /** Where the operator and the internet reach it: an IPv4 address, unless `publicName` says otherwise. */
  readonly publicIp: pulumi.Output<string>;
  /** The DNS name that `publicIp` is, for an existing host that is known by one. @default - it is an address */
  readonly publicName?: string;
  /** Where the other nodes reach it; every daemon is told this address. */
  readonly privateIp: pulumi.Output<string>;
  /**
   * What a cloud controller or a storage driver knows it by, `<cloud>://<id>`: its Node's `providerID`.
   * @default - it is not rented
   * @see https://github.com/digitalocean/digitalocean-cloud-controller-manager
   * @see https://github.com/linode/linode-cloud-controller-manager
   */
  readonly providerId?: pulumi.Output<string>;
  readonly connection: SshConnection;
  /** Whether the login is not root's, so that every step goes through `sudo`. */
  readonly sudo: boolean;
  /** What must be there before the first step on it, besides the machine itself. */
  readonly ready: readonly pulumi.Resource[];
  /** The resource whose deletion makes everything on this machine moot. */
  readonly deletedWith: pulumi.CustomResource;
}

/** A host that is there already, before it is part of the cluster. */
export type ExistingHost = Omit<Machine, "ready" | "deletedWith">;

/** What makes an existing host part of the cluster, and in the end takes the cluster off it. */
export type Adoption = Pick<Machine, "ready" | "deletedWith">;

/** Makes hosts part of the cluster, in the given order; given to the provider by whoever knows how steps run on a host. */
export type AdoptHosts = (
  hosts: readonly ExistingHost[],
  opts: { readonly parent: pulumi.Resource },
) => readonly Adoption[];

/** A DNS name of the cluster. */
export interface ClusterName {
  readonly name: string;
  /** IPv4 addresses that it leads to, or is to lead to. */
  readonly addresses: pulumi.Output<string[]>;
  /** The name, once whoever asks for it gets its addresses; in a plan, once its records have been made. */
  readonly served: pulumi.Output<string>;
  /** Its records; none where they are the user's. */
  readonly records: readonly pulumi.Resource[];
}

/** What has a name. */
export type NameId = "api" | "ingress" | "demo";

/** The cluster's names outside; of those that are not the cluster's to point, none. */
export type ClusterNames = Readonly<Partial<Record<NameId, ClusterName>>>;

/**
 * Given a control-plane machine, what the next one waits for before it is switched off to get another size; given to the
 * provider by whoever knows how steps run on a host.
 */
export type Settle = (
  machine: Machine,
  opts: { readonly parent: pulumi.Resource },
) => readonly pulumi.Resource[];

/** The machines of a cluster, made by one provider. */
export interface Machines {
  readonly controlPlane: readonly Machine[];
  readonly workers: readonly Machine[];
  /** Empty without a domain. */
  readonly names: ClusterNames;
  /** Where the API server is reached from outside. @default - at the first control-plane machine */
  readonly apiAddress?: pulumi.Output<string> | undefined;
  /** Where HTTP and HTTPS are reached from outside. @default - at every worker */
  readonly ingressAddress?: pulumi.Output<string> | undefined;
  /** The resource whose deletion makes the whole cluster moot, so that nothing in it is deleted one by one. */
  readonly deletedWith: pulumi.Resource;
}
