import { etcdClusterType, foundationType, type Foundation } from "../facts/foundation.ts";
import { keysFrom, keysInPlaceType, type Keys } from "../facts/keys.ts";
import type { BuiltKeys } from "./keys.ts";

/** Every resource in a stack's state, by its URN. */
export type StackResources = Readonly<
  Record<string, { readonly type: string; readonly outputs: unknown }>
>;

/** What a stack's own state says before anything is planned. */
export interface BuiltStack {
  /** What it was built on; undefined when nothing was built yet. */
  readonly foundation: Foundation | undefined;
  /** Number of its etcd cluster, see `EtcdSpec`; undefined when nothing was built yet. */
  readonly etcdGeneration: number | undefined;
  /** Its keys; undefined when nothing was built yet. */
  readonly keys: BuiltKeys | undefined;
  /** Names of the remote steps that were done. */
  readonly existing: ReadonlySet<string>;
  /** Names of the Kubernetes namespaces that it made; undefined when nothing was built yet. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** URL of each API server from outside, by its machine's name; none before the first run has ended. */
  readonly apiEndpoints: Readonly<Record<string, string>>;
}

export function builtFrom(resources: StackResources): BuiltStack {
  const outputsOf = (wanted: string) =>
    Object.values(resources).find(({ type }) => type === wanted)?.outputs;
  const foundation = outputsOf(foundationType) as Partial<Foundation> | undefined;
  const steps = Object.entries(resources)
    .filter(([, { type }]) => type.startsWith("command:remote:"))
    .map(([urn]) => urn.split("::").at(-1) ?? "");
  const isBuilt = foundation?.provider !== undefined;
  return {
    // Not yet filled in when a run was killed just then.
    foundation: isBuilt ? (foundation as Foundation) : undefined,
    etcdGeneration: isBuilt ? etcdGenerationIn(outputsOf(etcdClusterType)) : undefined,
    keys: isBuilt
      ? {
          begun: keysFrom(foundation.keys),
          done: keysFrom((outputsOf(keysInPlaceType) as { keys?: Keys } | undefined)?.keys),
          haveSeveralReaders: Object.keys(foundation.controlPlane ?? {}).length > 1,
        }
      : undefined,
    existing: new Set(steps),
    namespaces: isBuilt ? new Set(namespacesIn(resources)) : undefined,
    apiEndpoints: apiEndpointsIn(resources),
  };
}

/** The first, unless a later one has come to its end. */
function etcdGenerationIn(etcd: unknown): number {
  return (etcd as { generation?: number } | undefined)?.generation ?? 1;
}

function apiEndpointsIn(resources: StackResources): Readonly<Record<string, string>> {
  const stack = Object.values(resources).find(({ type }) => type === "pulumi:pulumi:Stack");
  const outputs = stack?.outputs as { apiEndpoints?: Record<string, string> } | undefined;
  return outputs?.apiEndpoints ?? {};
}

function namespacesIn(resources: StackResources): string[] {
  return Object.values(resources)
    .filter(({ type }) => type === "kubernetes:core/v1:Namespace")
    .flatMap(({ outputs }) => {
      const { metadata } = outputs as { metadata?: { name?: string } };
      return metadata?.name === undefined ? [] : [metadata.name];
    });
}
