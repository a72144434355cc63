import type { Cluster, Context, User } from "@kubernetes/client-node";
// The client's own reading of a kubeconfig, without the half second that its whole index takes to load.
import { newClusters, newContexts, newUsers } from "@kubernetes/client-node/dist/config_types.js";
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isMap, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import { textAt, valueAt } from "./objects.ts";

/** A parsed kubeconfig. */
export interface Kubeconfig {
  /** As written, for comparing. */
  readonly raw: PropertyMap;
  readonly clusters: readonly Cluster[];
  readonly contexts: readonly Context[];
  readonly users: readonly User[];
  readonly currentContext: string;
}

/** Where to connect, and as whom. */
export interface Connection {
  readonly cluster: Cluster;
  readonly user: User | undefined;
  /** The context's namespace, else "default". */
  readonly namespace: string;
}

/** What the provider's arguments say over the kubeconfig. */
export interface Overrides {
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly namespace?: string | undefined;
}

/**
 * Reads a kubeconfig given as text (YAML or JSON), or as the path of a file; `~/` is the home directory.
 * @throws Error when it is neither
 */
export async function parseKubeconfig(pathOrContents: string): Promise<Kubeconfig> {
  const raw = await parseYaml(contentsOf(pathOrContents));
  if (!isMap(raw)) {
    throw new Error(
      `kubeconfig: no mapping, got ${raw === null ? "nothing" : typeof raw}; give the contents of a kubeconfig file or its path`,
    );
  }
  return {
    raw,
    clusters: newClusters(raw["clusters"]),
    contexts: newContexts(raw["contexts"]),
    users: newUsers(raw["users"]),
    currentContext: textAt(raw, "current-context"),
  };
}

function contentsOf(pathOrContents: string): string {
  const path =
    pathOrContents === "~" || pathOrContents.startsWith("~/")
      ? join(homedir(), pathOrContents.slice(1))
      : pathOrContents;
  const isFile =
    !path.includes("\n") && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? readFileSync(path, "utf8") : pathOrContents;
}

/** JSON first: it needs no parser to be loaded. */
async function parseYaml(text: string): Promise<PropertyValue> {
  try {
    return JSON.parse(text) as PropertyValue;
  } catch {
    const { parse } = await import("yaml");
    return parse(text) as PropertyValue;
  }
}

/**
 * The cluster and user that the context in force names.
 * @throws Error in the words of client-go when one of them does not exist
 */
export function connectionOf(config: Kubeconfig, overrides: Overrides): Connection {
  const contextName = overrides.context ?? config.currentContext;
  const context = config.contexts.find(({ name }) => name === contextName);
  if (!context) throw new Error(`context ${JSON.stringify(contextName)} does not exist`);
  const clusterName = overrides.cluster ?? context.cluster;
  const cluster = config.clusters.find(({ name }) => name === clusterName);
  if (!cluster) throw new Error(`cluster ${JSON.stringify(clusterName)} does not exist`);
  const user = config.users.find(({ name }) => name === context.user);
  if (!user && context.user !== "") {
    throw new Error(`auth info ${JSON.stringify(context.user)} does not exist`);
  }
  return {
    cluster,
    user,
    namespace: overrides.namespace ?? context.namespace ?? "default",
  };
}

/** The cluster stanza in force as it is written, or undefined when there is none. */
export function activeCluster(config: Kubeconfig, overrides: Overrides): PropertyValue | undefined {
  const contextName = overrides.context ?? config.currentContext;
  const context = named(config.raw["contexts"], contextName);
  const clusterName = overrides.cluster ?? textAt(context, "context", "cluster");
  return valueAt(named(config.raw["clusters"], clusterName), "cluster");
}

function named(list: PropertyValue | undefined, name: string): PropertyValue | undefined {
  return Array.isArray(list)
    ? (list as readonly PropertyValue[]).find((item) => textAt(item, "name") === name)
    : undefined;
}
