import { namedParts, nameWithinZone } from "../../components/facts/cluster-names.ts";

/** One thing that a cloud has. */
export interface CloudThing {
  /** Pulumi's type token; with the id it is the thing's identity. */
  readonly type: string;
  /** As Pulumi's state has it. */
  readonly id: string;
  readonly name: string;
  /** Whether it costs something as long as it is there. */
  readonly bills: boolean;
  /** What else tells it apart, e.g. its size and region. */
  readonly detail: string;
  /** False: nothing on it tells whose it is, as with an address that no machine uses. */
  readonly isCertain: boolean;
}

/** Where a cluster's names are. */
export interface ClusterZone {
  /** `hardway:domain`. */
  readonly domain: string;
  readonly clusterName: string;
}

/** Whether a record of the zone, by its name in it, is one that the cluster makes: docs/names.md. */
export function isClusterRecord(
  { clusterName }: ClusterZone,
  { type, name }: { readonly type: string; readonly name: string },
): boolean {
  return type === "A" && namedParts.some((part) => name === nameWithinZone(part, clusterName));
}

/** How to ask a cloud what it has of one cluster. */
export interface CloudClient {
  /** For people. */
  readonly name: string;
  /** Types that `list` would find; of others the state alone knows. */
  readonly types: readonly string[];
  /**
   * Everything of the cluster with this tag, `hardway-<name>`.
   * @param zone - null: a cluster without names
   */
  list(tag: string, zone?: ClusterZone | null): Promise<readonly CloudThing[]>;
}
