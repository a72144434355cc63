import * as pulumi from "@pulumi/pulumi";
import { checkAddons } from "./config/addons.ts";
import { checkArtifacts } from "./config/artifacts.ts";
import { checkFoundation } from "./config/foundation.ts";
import { checkImages } from "./config/images.ts";
import { checkNetwork, checkOperators } from "./config/network.ts";
import { readManifests } from "./config/manifests.ts";
import { checkNodes } from "./config/nodes.ts";
import { Problems } from "./config/problems.ts";
import { checkKind, checkOwnKeys, checkProvider, providers } from "./config/provider.ts";
import { checkForeign } from "./config/providers/foreign.ts";
import { checkRange } from "./config/range.ts";
import type { Draft } from "./config/schema.ts";
import { checkShape } from "./config/shape.ts";
import type { Manifests } from "./lib/artifacts.ts";
import { readAsset, readProjectFile } from "./lib/assets.ts";
import { foundationOf, foundationType, type Foundation } from "./lib/foundation.ts";
import { monthlyCost } from "./lib/cost.ts";
import { dnsLabelRule, isDnsLabel } from "./lib/names.ts";
import { parseCloudTable } from "./lib/sizes.ts";
import { closest } from "./lib/suggest.ts";
import type { ClusterSpec, KubeletSpec } from "./spec.ts";

export { ConfigError } from "./config/problems.ts";

/** Everything that a stack says, as Pulumi holds it; tests make their own. */
export interface StackConfig {
  /** Name of the project, which is the namespace of our keys. */
  readonly project: string;
  readonly stack: string;
  /** All keys with their namespace, e.g. `hardway:podCidr`; objects and lists as JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** The secret value of a key, never in `values`' plain form; undefined when it is not set. */
  readonly secret: (key: string) => pulumi.Output<string> | undefined;
  /** Text of a file relative to the project; throws when it cannot be read. */
  readonly readText: (path: string) => string;
}

/** What travels beside the spec, and never in it. */
export interface ClusterSecrets {
  /** API token of the cloud; undefined leaves it to the plugin, which reads it from its environment. */
  readonly cloudToken: pulumi.Output<string> | undefined;
  /** OpenSSH private key for hosts that are there already; undefined on a cloud, where it is made. */
  readonly loginKey: pulumi.Output<string> | undefined;
}

/** The config of a stack, checked and complete. */
export interface ClusterConfig {
  readonly spec: ClusterSpec;
  readonly secrets: ClusterSecrets;
  /** What is allowed but rarely meant; one line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the config of this stack, fills in defaults and checks everything, then reads what the artifact lock names for
 * the program itself and asks the registry mirror for its images. Warnings are logged.
 * @throws ConfigError with all problems at once
 */
export async function readConfig(): Promise<ClusterConfig & { readonly manifests: Manifests }> {
  const stack = pulumi.getStack();
  const config = checkConfig({
    project: pulumi.getProject(),
    stack,
    values: pulumi.runtime.allConfig(),
    secret: (key) => {
      const [namespace = "", name = ""] = key.split(":");
      return new pulumi.Config(namespace).getSecret(name);
    },
    readText: readProjectFile,
  });
  for (const warning of config.warnings) void pulumi.log.warn(warning);
  const problems = new Problems();
  checkFoundation(await builtFoundation(), foundationOf(config.spec), problems);
  problems.throwIfAny(stack);
  const { artifacts } = config.spec;
  const [manifests] = await Promise.all([
    readManifests(artifacts.manifests, problems),
    checkImages(artifacts, problems),
  ]);
  problems.throwIfAny(stack);
  return { ...config, manifests };
}

/**
 * What this stack was built on, from its own state; undefined when nothing was built yet.
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/builtins.go `readStackResourceOutputs`
 */
async function builtFoundation(): Promise<Foundation | undefined> {
  const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const token = "pulumi:pulumi:readStackResourceOutputs";
  const state = (await pulumi.runtime.invoke(token, { stackName })) as {
    outputs: Record<string, { type: string; outputs: Partial<Foundation> }>;
  };
  const found = Object.values(state.outputs).find(({ type }) => type === foundationType)?.outputs;
  // Not yet filled in when a run was killed just then.
  return found?.provider === undefined ? undefined : (found as Foundation);
}

/**
 * Does the work of `readConfig` on any source.
 * @throws ConfigError with all problems at once
 */
export function checkConfig(source: StackConfig): ClusterConfig {
  const problems = new Problems();
  const draft = checkShape(valuesOf(source.project, source), problems);
  checkNamespaces(source, problems);

  const clusterName = checkClusterName(draft, source.stack, problems);
  const kind = checkKind(draft, problems);
  checkOwnKeys(kind, Object.keys(source.values), problems);
  checkForeign(kind, draft, problems);
  const { provider, settle, machinery, reservedCidrs } = checkProvider(
    kind,
    {
      draft,
      ownValues: valuesOf(kind, source),
      tableOf: (cloud) => parseCloudTable(readAsset(`${cloud}.json`)),
    },
    problems,
  );
  const { controlPlane, workers, nodeCount } = checkNodes(draft, machinery, problems);
  const network = checkNetwork(draft, { nodeCount, reservedCidrs }, problems);
  const operatorCidrs = checkOperators(draft, network, problems);
  const addons = checkAddons(
    { draft, workerCount: workers.nodes.length, readText: source.readText },
    problems,
  );
  const { artifacts, versions } = checkArtifacts(
    {
      draft,
      nodes: [...controlPlane.nodes, ...workers.nodes],
      addons,
      readText: source.readText,
    },
    problems,
  );
  const kubelet = checkKubelet(draft, problems);
  const settled = settle?.({ controlPlane, workers, network }) ?? provider;
  problems.throwIfAny(source.stack);

  const spec: ClusterSpec = {
    clusterName,
    tag: `hardway-${clusterName}`,
    provider: settled,
    network,
    operatorCidrs,
    controlPlane,
    workers,
    versions,
    artifacts,
    kubelet,
    addons,
    isProtected: draft.protect ?? true,
  };
  return {
    spec: deepFreeze(spec),
    secrets: {
      cloudToken: source.secret(`${kind}:token`),
      loginKey: source.secret("existing:privateKey"),
    },
    warnings: warningsOf(spec),
  };
}

/** What is allowed but rarely meant. */
function warningsOf(spec: ClusterSpec): string[] {
  const unpriced = monthlyCost(spec).parts.filter(({ monthlyUsd }) => monthlyUsd === null);
  const sizes = [...new Set(unpriced.map(({ size }) => size))].join(", ");
  return [
    ...(spec.operatorCidrs.includes("0.0.0.0/0")
      ? ["operatorCidrs: 0.0.0.0/0 lets the whole internet reach SSH and the API server"]
      : []),
    ...(unpriced.length === 0
      ? []
      : [`allowUnknownSize: the price of ${sizes} is not known; monthlyCostUsd leaves it out`]),
  ];
}

/** The values of one namespace by their key alone. */
function valuesOf(namespace: string, { values }: StackConfig): Record<string, string> {
  const prefix = `${namespace}:`;
  return Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

/** Finds a namespace that is one of ours but for a typing error; others belong to other plugins. */
function checkNamespaces({ project, values }: StackConfig, problems: Problems): void {
  const known = [project, ...providers];
  for (const key of Object.keys(values)) {
    const [namespace = "", name = ""] = key.split(":");
    const meant = known.includes(namespace) ? null : closest(namespace, known);
    if (meant === null) continue;
    problems.add(key, { wrong: "unknown namespace", fix: `did you mean "${meant}:${name}"?` });
    if (meant === project) problems.doubt(name);
  }
}

function checkClusterName(draft: Draft, stack: string, problems: Problems): string {
  // An empty name is how Pulumi.yaml says: the name of the stack.
  const name = draft.clusterName === "" ? undefined : draft.clusterName;
  const got = name ?? stack;
  if (!isDnsLabel(got) || got.length > 40) {
    const wrong = `${name === undefined ? "the stack's name is " : ""}not a cluster name`;
    const rule = dnsLabelRule.replace("63", "40");
    problems.add("clusterName", { wrong, got, fix: `set one of ${rule}` });
  }
  return got;
}

function checkKubelet(draft: Draft, problems: Problems): KubeletSpec {
  const maxPods = draft.kubelet?.maxPods ?? 110;
  // A /24 has 254 host addresses, one of them the bridge's; a few stay free for pods that are ending.
  checkRange("kubelet.maxPods", maxPods, [10, 250], problems);
  return { maxPods };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
