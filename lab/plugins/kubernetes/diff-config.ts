import type { DiffRequest, DiffResult, PropertyChange } from "../lib/plugin.ts";
import { Unknown, type PropertyMap } from "../lib/values.ts";
import { activeCluster, parseKubeconfig, type Overrides } from "./kubeconfig.ts";
import { isEqual } from "./objects.ts";

const identifying = ["kubeconfig", "context", "cluster"];

/**
 * Compares the provider's arguments. A replacement replaces every object of the provider:
 * - with a `clusterIdentifier` that stays the same, never;
 * - when the identifier changes, always;
 * - without one, when the cluster stanza in force changes, or what chooses it is not known yet.
 * @see https://github.com/pulumi/pulumi-kubernetes/blob/v4.32.0/provider/pkg/provider/provider.go DiffConfig
 */
export async function diffConfig(request: DiffRequest): Promise<DiffResult> {
  const { news } = request;
  const oldInputs = Object.keys(request.oldInputs).length > 0 ? request.oldInputs : request.state;
  const keys = [...new Set([...Object.keys(oldInputs), ...Object.keys(news)])].filter(
    (key) => news[key] === Unknown || !isEqual(oldInputs[key], news[key]),
  );
  const isKept =
    news["clusterIdentifier"] !== undefined &&
    isEqual(oldInputs["clusterIdentifier"], news["clusterIdentifier"]);
  const replacing = isKept ? [] : await replacingKeys(oldInputs, news, keys);
  const change = (key: string): PropertyChange => {
    const kind = !(key in oldInputs) ? "add" : !(key in news) ? "delete" : "update";
    return {
      kind: replacing.includes(key) ? (`${kind}-replace` as const) : kind,
      inputDiff: true,
    };
  };
  return { changes: Object.fromEntries(keys.map((key) => [key, change(key)])) };
}

async function replacingKeys(
  olds: PropertyMap,
  news: PropertyMap,
  changed: readonly string[],
): Promise<readonly string[]> {
  const isOtherIdentifier =
    changed.includes("clusterIdentifier") &&
    "clusterIdentifier" in olds &&
    "clusterIdentifier" in news;
  const byIdentifier = isOtherIdentifier ? ["clusterIdentifier"] : [];
  const unknown = identifying.find((key) => news[key] === Unknown);
  if (unknown !== undefined) return [...byIdentifier, unknown];
  const [before, after] = await Promise.all([clusterIn(olds), clusterIn(news)]);
  const isOtherCluster = before !== undefined && after !== undefined && !isEqual(before, after);
  return [
    ...byIdentifier,
    ...(isOtherCluster ? identifying.filter((key) => changed.includes(key)) : []),
  ];
}

async function clusterIn(config: PropertyMap) {
  const text = config["kubeconfig"];
  if (typeof text !== "string" || text === "") return undefined;
  return activeCluster(await parseKubeconfig(text), overridesOf(config));
}

/** The arguments that choose within a kubeconfig. */
export function overridesOf(config: PropertyMap): Overrides {
  const text = (key: string): string | undefined => {
    const value = config[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return { context: text("context"), cluster: text("cluster"), namespace: text("namespace") };
}
