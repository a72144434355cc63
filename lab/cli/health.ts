import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../lib/progress.ts";
import { askInLab, closedDoors, knocks, type Knock } from "./doors.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { execInLab, type Session } from "./session.ts";
import { storedOutputs } from "./stack.ts";

/** How long a cluster whose `up` has ended may take to be healthy. */
const patienceMs = 120_000;

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly generation?: number;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
  readonly spec?: { readonly replicas?: number };
}

/** One node as the summary shows it. */
export interface NodeHealth {
  readonly name: string;
  readonly state: "Ready" | "NotReady";
  /** kubelet's version, on the control plane the API server's. */
  readonly version: string;
  readonly address: string;
}

/** One Deployment or DaemonSet as the summary shows it. */
export interface WorkloadHealth {
  readonly name: string;
  readonly wanted: number;
  readonly available: number;
}

export interface ClusterHealth {
  readonly nodes: readonly NodeHealth[];
  readonly workloads: readonly WorkloadHealth[];
  /** What keeps the cluster from being healthy, one line each. */
  readonly problems: readonly string[];
}

/**
 * Waits until every machine is a Ready node, every workload is available and every ingress address serves.
 * @throws Error with what is still missing after two minutes
 */
export async function waitForHealth(session: Session, report: Report): Promise<ClusterHealth> {
  const outputs = await storedOutputs(session);
  const machines = Object.keys(outputs["nodes"] ?? {});
  const deadline = Date.now() + patienceMs;
  let told = "";
  for (;;) {
    const health = await clusterHealth(session, machines, knocks(outputs));
    if (health.problems.length === 0) return health;
    const text = health.problems.join("; ");
    if (Date.now() > deadline) throw new Error(`cluster: not healthy after two minutes: ${text}`);
    if (text !== told) report(text);
    told = text;
    await sleep(500);
  }
}

async function clusterHealth(
  session: Session,
  machines: readonly string[],
  doors: readonly Knock[],
): Promise<ClusterHealth> {
  await kubeconfigOf(session);
  try {
    const { stdout } = await execInLab(session, [
      ...["kubectl", "get", "nodes,deployments,daemonsets", "--all-namespaces"],
      ...["--output=json", "--request-timeout=10s"],
    ]);
    const { items } = JSON.parse(stdout) as { items: readonly KubernetesObject[] };
    const health = healthOf(items, machines);
    if (health.problems.length > 0) return health;
    return { ...health, problems: await closedDoors(doors, askInLab(session)) };
  } catch (error) {
    const reason =
      error instanceof Error ? (error.message.split("\n").at(-1) ?? "") : String(error);
    return { nodes: [], workloads: [], problems: [`API server: ${reason}`] };
  }
}

/**
 * Judges what `kubectl get` listed.
 * @param machines - names of the machines that must be nodes
 */
export function healthOf(
  items: readonly KubernetesObject[],
  machines: readonly string[],
): ClusterHealth {
  const nodes = items.filter(({ kind }) => kind === "Node").map(nodeHealth);
  const workloads = items.filter(({ kind }) => kind !== "Node").map(workloadHealth);
  const names = new Set(nodes.map(({ name }) => name));
  return {
    nodes,
    workloads,
    problems: [
      ...machines
        .filter((name) => !names.has(name))
        .map((name) => `machine ${name}: not a node yet`),
      ...nodes
        .filter(({ state }) => state === "NotReady")
        .map(({ name }) => `node ${name}: NotReady`),
      ...workloads
        .filter(({ wanted, available }) => available < wanted)
        .map(({ name, wanted, available }) => `${name}: ${available} of ${wanted} pods available`),
    ],
  };
}

function nodeHealth({ metadata, status }: KubernetesObject): NodeHealth {
  const version = status?.nodeInfo?.kubeletVersion ?? "";
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
  const address = status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
  return { name: metadata.name, state: ready ? "Ready" : "NotReady", version, address };
}

function workloadHealth({ kind, metadata, spec, status }: KubernetesObject): WorkloadHealth {
  const name = `${metadata.namespace ?? ""}/${metadata.name}`;
  const isCurrent = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (kind === "DaemonSet") {
    const wanted = Math.max(status?.desiredNumberScheduled ?? 0, isCurrent ? 0 : 1);
    return { name, wanted, available: isCurrent ? (status?.numberAvailable ?? 0) : 0 };
  }
  const wanted = spec?.replicas ?? 1;
  return { name, wanted, available: isCurrent ? (status?.availableReplicas ?? 0) : 0 };
}
