import type { Checkpoint, StoredResource } from "./state.ts";

/** How to find, in the cloud, what an interrupted creation may have left. */
export interface CloudKind {
  /** Path that lists all of them, and the key of the list in the answer. */
  readonly list: string;
  readonly key: string;
  /** Path of one. */
  readonly path: (id: string) => string;
}

const cloudKinds: Readonly<Record<string, CloudKind>> = {
  "digitalocean:index/droplet:Droplet": {
    list: "/v2/droplets?per_page=200",
    key: "droplets",
    path: (id) => `/v2/droplets/${id}`,
  },
  "digitalocean:index/firewall:Firewall": {
    list: "/v2/firewalls?per_page=200",
    key: "firewalls",
    path: (id) => `/v2/firewalls/${id}`,
  },
  "digitalocean:index/sshKey:SshKey": {
    list: "/v2/account/keys?per_page=200",
    key: "ssh_keys",
    path: (id) => `/v2/account/keys/${id}`,
  },
  // last: the cloud deletes no VPC that still has members
  "digitalocean:index/vpc:Vpc": {
    list: "/v2/vpcs?per_page=200",
    key: "vpcs",
    path: (id) => `/v2/vpcs/${id}`,
  },
};

/** One kind of thing to look for in the cloud. */
export interface CloudSearch extends CloudKind {
  readonly what: string;
  /** Names that were being created. */
  readonly names: ReadonlySet<string>;
  /** Ids the stack knows: these are no orphans. */
  readonly known: ReadonlySet<string>;
}

/**
 * Where to look in the cloud for things whose creation was cut off.
 *
 * The engine records a creation before it begins and again when it ended. What a killed run leaves in between
 * may or may not exist; the next run makes it anew, so a first one would stay behind or clash by name.
 */
export function cloudSearches({ resources, pendingCreates }: Checkpoint): readonly CloudSearch[] {
  return Object.entries(cloudKinds).flatMap(([type, kind]) => {
    const ofType = (list: readonly StoredResource[]): readonly StoredResource[] =>
      list.filter((resource) => resource.type === type);
    const names = new Set(ofType(pendingCreates).flatMap(({ inputs }) => nameIn(inputs)));
    if (names.size === 0) return [];
    const known = new Set(ofType(resources).flatMap(({ id }) => (id ? [id] : [])));
    return [{ ...kind, what: type.slice(type.lastIndexOf(":") + 1), names, known }];
  });
}

/** Things of one listing that were being created and that the stack does not know. */
export function orphansOf(
  { names, known, key }: CloudSearch,
  body: unknown,
): readonly { readonly id: string; readonly name: string }[] {
  const found = (
    body as Readonly<Record<string, readonly { id: number | string; name: string }[]>>
  )[key];
  return (found ?? [])
    .map(({ id, name }) => ({ id: String(id), name }))
    .filter(({ id, name }) => names.has(name) && !known.has(id));
}

/** An object of the cluster whose creation was cut off. */
export interface ClusterObject {
  readonly urn: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | null;
}

/** Kubernetes objects that may exist without the stack knowing. */
export function pendingObjects({
  resources,
  pendingCreates,
}: Checkpoint): readonly ClusterObject[] {
  // a pending creation can outlive a later one that succeeded
  const known = new Set(resources.map(({ urn }) => urn));
  return pendingCreates.flatMap(({ urn, type, inputs }) => {
    if (!type.startsWith("kubernetes:") || known.has(urn)) return [];
    const { apiVersion, kind, metadata } = (inputs ?? {}) as {
      apiVersion?: unknown;
      kind?: unknown;
      metadata?: { name?: unknown; namespace?: unknown };
    };
    if (typeof apiVersion !== "string" || typeof kind !== "string") return [];
    if (typeof metadata?.name !== "string") return [];
    const namespace = typeof metadata.namespace === "string" ? metadata.namespace : null;
    return [{ urn, apiVersion, kind, name: metadata.name, namespace }];
  });
}

function nameIn(inputs: StoredResource["inputs"]): readonly string[] {
  const name = inputs?.["name"];
  return typeof name === "string" ? [name] : [];
}
