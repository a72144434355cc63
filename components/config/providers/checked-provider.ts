import type { CloudTable } from "../../facts/sizes.ts";
import type { NetworkSpec, NodeGroupSpec, NodeSpec, ProviderSpec, SizeSpec } from "../../spec.ts";
import type { Draft } from "../schema.ts";

/** What a stack says to one provider. */
export interface ProviderInput {
  readonly draft: Draft;
  /** Values of the provider's own namespace by key, e.g. `apiEndpoint`. */
  readonly ownValues: Readonly<Record<string, string>>;
  /** What that provider has, from the table in assets. */
  readonly tableOf: (kind: ProviderSpec["kind"]) => CloudTable;
}

/** What a provider's part of the config comes to. */
export interface CheckedProvider {
  readonly provider: ProviderSpec;
  /** How its machines are made. */
  readonly machinery: Machinery;
  /** Ranges that it keeps for itself where the cluster is. */
  readonly reservedCidrs: readonly string[];
  /** What of it can be said only when nodes and network are known. @default - nothing: `provider` as it is */
  readonly settle?: (cluster: SettledCluster) => ProviderSpec;
}

/** What is known of a cluster before its provider is settled. */
export interface SettledCluster {
  readonly controlPlane: NodeGroupSpec;
  readonly workers: NodeGroupSpec;
  readonly network: NetworkSpec;
}

/** What a node is made of, as the provider has it. */
export interface Machinery {
  /** The size of machines for which the stack names none. */
  readonly standardSize: string;
  /** The image of machines for which the stack names none. */
  readonly standardImage: string;
  /** The size of this name; a problem at `path` when there is none or it is too small. */
  readonly sizeOf: (path: string, slug: string) => SizeSpec;
  /** The architecture that an image is for; a problem at `path` when there is no such image. */
  readonly imageOf: (path: string, image: string) => NodeSpec["architecture"];
}
