/** What of a cluster has a name in the zone of its domain: docs/names.md. */
export const namedParts = ["api", "ingress", "demo"] as const;

/** The name of a part within the zone, e.g. `api.prod`. */
export function nameWithinZone(part: (typeof namedParts)[number], clusterName: string): string {
  return `${part}.${clusterName}`;
}
