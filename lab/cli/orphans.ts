import type { Checkpoint, StoredResource } from "./state.ts";

type Values = Readonly<Record<string, unknown>>;

/** How to find, in the cloud, what an interrupted creation may have left. */
interface CloudKind {
  /** Path of all of them, for what a creation was given: some are part of another thing. */
  readonly collection: (inputs: Values) => string;
  /** Query that puts all on one page. */
  readonly page: string;
  /** Key of the list in the answer. */
  readonly key: string;
  /** By what a creation's inputs and a thing in the list are known to be the same. */
  readonly identity: { readonly given: string; readonly listed: (item: Values) => unknown };
}

function digitalOcean(path: string, key = path): CloudKind {
  return {
    collection: () => `/v2/${path}`,
    page: "per_page=200",
    key,
    identity: { given: "name", listed: ({ name }) => name },
  };
}

function linode(
  collection: CloudKind["collection"],
  identity: CloudKind["identity"] = { given: "label", listed: ({ label }) => label },
): CloudKind {
  return { collection, page: "page_size=500", key: "data", identity };
}

/** In the order in which they can be removed: neither cloud deletes a network that has members. */
const cloudKinds: Readonly<Record<string, CloudKind>> = {
  "digitalocean:index/droplet:Droplet": digitalOcean("droplets"),
  "digitalocean:index/firewall:Firewall": digitalOcean("firewalls"),
  "digitalocean:index/sshKey:SshKey": digitalOcean("account/keys", "ssh_keys"),
  "digitalocean:index/vpc:Vpc": digitalOcean("vpcs"),
  "linode:index/instance:Instance": linode(() => "/v4/linode/instances"),
  "linode:index/firewallDevice:FirewallDevice": linode(
    ({ firewallId }) => `/v4/networking/firewalls/${String(firewallId)}/devices`,
    { given: "entityId", listed: ({ entity }) => (entity as Values | undefined)?.["id"] },
  ),
  "linode:index/firewall:Firewall": linode(() => "/v4/networking/firewalls"),
  "linode:index/vpcSubnet:VpcSubnet": linode(({ vpcId }) => `/v4/vpcs/${String(vpcId)}/subnets`),
  "linode:index/vpc:Vpc": linode(() => "/v4/vpcs"),
};

/** One list to look through in the cloud. */
export interface CloudSearch {
  /** Kind of the things in it. */
  readonly what: string;
  /** Path of the list, on one page. */
  readonly list: string;
  /** Path of one thing of it. */
  readonly path: (id: string) => string;
  /** What of an answer was being created and is not known to the stack. */
  readonly orphansIn: (body: unknown) => readonly { readonly id: string; readonly name: string }[];
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
    const known = new Set(ofType(resources).flatMap(({ id }) => (id ? [id] : [])));
    const begun = ofType(pendingCreates).map(({ inputs }) => inputs ?? {});
    const what = type.slice(type.lastIndexOf(":") + 1);
    return [...Map.groupBy(begun, kind.collection)].map(([collection, inputs]) =>
      searchOf({ what, kind, collection, inputs, known }),
    );
  });
}

function searchOf({ what, kind, collection, inputs, known }: SearchParts): CloudSearch {
  const { given, listed } = kind.identity;
  const names = new Set(inputs.flatMap((values) => textOf(values[given])));
  return {
    what,
    list: `${collection}?${kind.page}`,
    path: (id) => `${collection}/${id}`,
    orphansIn: (body) => {
      const found = (body as Readonly<Record<string, readonly Values[] | undefined>>)[kind.key];
      return (found ?? []).flatMap((item) => {
        const [id] = textOf(item["id"]);
        const [name] = textOf(listed(item));
        if (id === undefined || name === undefined) return [];
        return names.has(name) && !known.has(id) ? [{ id, name }] : [];
      });
    },
  };
}

interface SearchParts {
  readonly what: string;
  readonly kind: CloudKind;
  readonly collection: string;
  /** Of the creations that were begun in this collection. */
  readonly inputs: readonly Values[];
  /** Ids the stack knows: these are no orphans. */
  readonly known: ReadonlySet<string>;
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

/** A name or a number, as text; nothing of what is not known yet. */
function textOf(value: unknown): readonly string[] {
  return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
}
