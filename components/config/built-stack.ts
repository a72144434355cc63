import { etcdClusterType, foundationType, type Foundation } from "../facts/foundation.ts";
import { keysFrom, keysInPlaceType, type Keys } from "../facts/keys.ts";
import type { BuiltKeys } from "./keys.ts";
import type { RunningProgram } from "./version.ts";

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
  /** What each machine was last left with, of the programs whose versions must go in order. */
  readonly running: readonly RunningProgram[];
  /** Names of the Kubernetes namespaces that it made; undefined when nothing was built yet. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** URL of each API server from outside, by its machine's name; none before the first run has ended. */
  readonly apiEndpoints: Readonly<Record<string, string>>;
}

export function builtFrom(resources: StackResources): BuiltStack {
  const outputsOf = (wanted: string) =>
    Object.values(resources).find(({ type }) => type === wanted)?.outputs;
  const foundation = foundationFrom(outputsOf(foundationType));
  const steps = Object.entries(resources)
    .filter(([, { type }]) => type.startsWith("command:remote:"))
    .map(([urn, { outputs }]) => ({ name: urn.split("::").at(-1) ?? "", outputs }));
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
    existing: new Set(steps.map(({ name }) => name)),
    running: steps.flatMap(runningIn),
    namespaces: isBuilt ? new Set(namespacesIn(resources)) : undefined,
    apiEndpoints: apiEndpointsIn(resources),
  };
}

/** @param outputs - in the state of a cluster that was made before all versions were kept there, with Kubernetes' alone */
function foundationFrom(outputs: unknown): Partial<Foundation> | undefined {
  const kept = outputs as (Partial<Foundation> & { kubernetes?: string }) | undefined;
  if (kept === undefined || kept.versions !== undefined) return kept;
  const { kubernetes, ...others } = kept;
  return { ...others, versions: kubernetes === undefined ? {} : { kubernetes } };
}

const followed: readonly RunningProgram["program"][] = ["etcd", "kube-apiserver", "kubelet"];

/** The program that a step runs, from the link by which it put it into use (components/remote/binaries.ts). */
function runningIn({ name, outputs }: { name: string; outputs: unknown }): RunningProgram[] {
  const { stdin } = outputs as { stdin?: unknown };
  const program = followed.find((it) => name.endsWith(`-${it}`));
  if (program === undefined || typeof stdin !== "string") return [];
  const links = /^>>> link \S+\/(\S+) \/opt\/hardway\/[a-z-]+-(\d\S*)-[0-9a-f]{12}\//gm;
  const link = [...stdin.matchAll(links)].find(([, linked]) => linked === program);
  const version = link?.[2];
  return version === undefined
    ? []
    : [{ node: name.slice(0, -program.length - 1), program, version }];
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
