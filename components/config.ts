import * as pulumi from "@pulumi/pulumi";
import { checkAddons } from "./config/addons.ts";
import { checkArtifacts } from "./config/artifacts.ts";
import { builtFrom, type BuiltStack, type StackResources } from "./config/built-stack.ts";
import { checkCoveredNames, checkNewDomain } from "./config/cluster-domain.ts";
import { checkEtcd } from "./config/etcd.ts";
import { checkFoundation } from "./config/unchangeable.ts";
import { checkImages } from "./config/images.ts";
import { checkFirewall } from "./config/firewall.ts";
import { checkKeyChange, checkKeys } from "./config/keys.ts";
import { checkBackups } from "./config/backups.ts";
import { checkKubelet } from "./config/kubelet.ts";
import { checkNetwork } from "./config/network.ts";
import { checkNames } from "./config/names.ts";
import { readManifests } from "./config/manifests.ts";
import { checkNodes } from "./config/nodes.ts";
import { Problems } from "./config/problems.ts";
import { checkKind, checkOwnKeys, checkProvider, providers } from "./config/provider.ts";
import { checkForeign } from "./config/providers/foreign.ts";
import type { Draft } from "./config/schema.ts";
import { checkOperators } from "./config/senders.ts";
import { checkRemoval } from "./config/removal.ts";
import { checkShape } from "./config/shape.ts";
import { checkSnapshot } from "./config/snapshot.ts";
import { unanswered } from "./config/unanswered.ts";
import { checkVersionChange } from "./config/version-change.ts";
import type { Manifests } from "./facts/artifacts.ts";
import { readAsset, readProjectFile } from "./lib/assets.ts";
import { foundationOf } from "./facts/foundation.ts";
import { monthlyCost } from "./facts/cost.ts";
import { dnsLabelRule, isDnsLabel } from "./lib/dns-names.ts";
import { parseCloudTable } from "./facts/sizes.ts";
import { closest } from "./lib/suggest.ts";
import type { ClusterSpec } from "./spec.ts";

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
  /** What is good to know and asks for nothing; one line each. */
  readonly notices: readonly string[];
}

/** The config, with what was read beside it. */
export interface ReadConfig extends ClusterConfig {
  /** What `spec.artifacts.manifests` lists. */
  readonly manifests: Manifests;
  /** Names of the remote steps that the stack's state has; none before its first run. */
  readonly existing: ReadonlySet<string>;
  /** Names of the Kubernetes namespaces that the stack's state has; undefined before its first run. */
  readonly namespaces: ReadonlySet<string> | undefined;
}

/**
 * Reads the config of this stack, fills in defaults and checks everything, then reads what the artifact lock names for
 * the program itself and asks the registry mirror for its images. Warnings are logged.
 * @throws ConfigError with all problems at once
 */
export async function readConfig(): Promise<ReadConfig> {
  const stack = pulumi.getStack();
  const built = await builtStack();
  const source: StackConfig = {
    project: pulumi.getProject(),
    stack,
    values: pulumi.runtime.allConfig(),
    secret: (key) => {
      const [namespace = "", name = ""] = key.split(":");
      return new pulumi.Config(namespace).getSecret(name);
    },
    readText: readProjectFile,
  };
  const config = checkConfig(source, built);
  for (const warning of config.warnings) void pulumi.log.warn(warning);
  for (const notice of config.notices) void pulumi.log.info(notice);
  const problems = new Problems();
  const { controlPlane, workers, versions, etcd } = config.spec;
  checkFoundation(built.foundation, foundationOf(config.spec), problems, etcd);
  const wanted = [...controlPlane.nodes, ...workers.nodes].map(({ name }) => name);
  checkRemoval(built.existing, new Set(wanted), problems);
  checkVersionChange({ running: built.running, isLost: etcd.isLost }, versions, problems);
  const certificates = [built.foundation?.kubeletCertificates, config.spec.kubelet.certificates];
  const kubeletsAsk = certificates.includes("bootstrap");
  checkKeyChange(built.keys, { keys: config.spec.keys, kubeletsAsk }, problems);
  if (etcd.restoreFrom !== null) checkSnapshot(etcd.restoreFrom, problems);
  if (built.foundation === undefined) {
    checkNewDomain(config.spec.network.clusterDomain, problems);
  }
  problems.throwIfAny(stack);
  const { artifacts } = config.spec;
  const masters = new Set(controlPlane.nodes.map(({ name }) => name));
  const [manifests, silent] = await Promise.all([
    readManifests(artifacts.manifests, problems),
    unanswered(built.apiEndpoints, masters, etcd),
    checkImages(artifacts, problems),
  ]);
  problems.throwIfAny(stack);
  for (const warning of silent) void pulumi.log.warn(warning);
  return { ...config, manifests, existing: built.existing, namespaces: built.namespaces };
}

/**
 * What this stack's own state says, which is empty before its first run.
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/builtins.go `readStackResourceOutputs`
 */
async function builtStack(): Promise<BuiltStack> {
  const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const token = "pulumi:pulumi:readStackResourceOutputs";
  const state = (await pulumi.runtime.invoke(token, { stackName })) as { outputs: StackResources };
  return builtFrom(state.outputs);
}

/**
 * Does the work of `readConfig` on any source.
 * @param built - what the stack has, where the default is to leave something as it is; undefined when there is no cluster yet
 * @throws ConfigError with all problems at once
 */
export function checkConfig(
  source: StackConfig,
  built?: Pick<BuiltStack, "foundation" | "etcdGeneration">,
): ClusterConfig {
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
  const { names, apiMaster } = checkNames(draft, { clusterName, controlPlane }, problems);
  const addons = checkAddons(
    { draft, workerCount: workers.nodes.length, clusterName, names, readText: source.readText },
    problems,
  );
  const firewall = checkFirewall({ draft, kind, network, addons }, problems);
  const { artifacts, versions, newer } = checkArtifacts(
    {
      draft,
      nodes: [...controlPlane.nodes, ...workers.nodes],
      addons,
      readText: source.readText,
      inUse: built?.foundation?.versions ?? {},
    },
    problems,
  );
  checkCoveredNames({ network, addons, artifacts, provider, names }, problems);
  const kubelet = checkKubelet(draft, built?.foundation, problems);
  const etcd = checkEtcd(draft, built?.etcdGeneration, problems);
  const backups = checkBackups(draft, problems);
  const keys = checkKeys(draft, problems);
  const settled = settle?.({ controlPlane, workers, network }) ?? provider;
  problems.throwIfAny(source.stack);

  const spec: ClusterSpec = {
    clusterName,
    tag: `hardway-${clusterName}`,
    provider: settled,
    network,
    names,
    apiMaster,
    operatorCidrs,
    firewall,
    controlPlane,
    workers,
    versions,
    artifacts,
    kubelet,
    etcd,
    backups,
    addons,
    keys,
    isProtected: draft.protect ?? true,
  };
  return {
    spec: deepFreeze(spec),
    secrets: {
      cloudToken: source.secret(`${kind}:token`),
      loginKey: source.secret("existing:privateKey"),
    },
    warnings: warningsOf(spec),
    notices: newer === null ? [] : [newer],
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

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
