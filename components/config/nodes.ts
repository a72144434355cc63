import { dnsLabelRule, isDnsLabel } from "../lib/dns-names.ts";
import type { NodeGroupSpec, NodeRole, NodeSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import type { Machinery } from "./providers/checked-provider.ts";
import type { Draft, GroupDraft } from "./schema.ts";

const maxWorkers = 250;

/**
 * Both groups of nodes, and how many nodes there are at least: a group counts as one where its number
 * is in doubt. What is in doubt is left at its standard, for the problems stop the run anyway.
 */
export function checkNodes(
  draft: Draft,
  machinery: Machinery,
  problems: Problems,
): { controlPlane: NodeGroupSpec; workers: NodeGroupSpec; nodeCount: number } {
  const masters = readGroup("controlPlane", draft.controlPlane, machinery, problems);
  const workers = readGroup("workers", draft.workers, machinery, problems);
  checkMasterCount(masters, problems);
  checkWorkerCount(workers, problems);
  checkNames([masters, workers], problems);
  const atLeast = ({ countPath, nodes }: Group) =>
    problems.areSound(countPath) ? nodes.length : 1;
  return {
    controlPlane: { nodes: masters.nodes },
    workers: { nodes: workers.nodes },
    nodeCount: atLeast(masters) + atLeast(workers),
  };
}

const groups = {
  controlPlane: { role: "control-plane", prefix: "master", count: 1 },
  workers: { role: "worker", prefix: "worker", count: 2 },
} as const satisfies Record<string, { role: NodeRole; prefix: string; count: number }>;

interface Group {
  /** Where the number of nodes is said. */
  readonly countPath: string;
  readonly count: number;
  readonly nodes: readonly NodeSpec[];
  /** Config path of each node's name, in the order of `nodes`. */
  readonly namePaths: readonly string[];
}

function readGroup(
  key: keyof typeof groups,
  draft: GroupDraft = {},
  machinery: Machinery,
  problems: Problems,
): Group {
  const { role, prefix, count: standardCount } = groups[key];
  const { sizeOf } = machinery;
  const groupSize = sizeOf(`${key}.size`, draft.size ?? machinery.standardSize);
  const image = draft.image ?? machinery.standardImage;
  const architecture = machinery.imageOf(
    draft.image === undefined ? "image" : `${key}.image`,
    image,
  );
  const group = { role, architecture, image };
  if (draft.nodes === undefined) {
    const count = draft.count ?? standardCount;
    // A count beyond reason is reported; it must not become as many objects first.
    const names = Array.from({ length: clamp(count) }, (_, i) => `${prefix}-${i + 1}`);
    const nodes = names.map((name) => ({ name, ...group, size: groupSize }));
    const countPath = `${key}.count`;
    return { countPath, count, nodes, namePaths: names.map(() => countPath) };
  }
  if (draft.count !== undefined) {
    const wrong = "both count and nodes are given";
    problems.add(key, { wrong, fix: "keep nodes to choose names, or count to have them chosen" });
  }
  const nodes = draft.nodes.map((node = {}, index): NodeSpec => {
    const path = `${key}.nodes[${index}]`;
    const size = node.size === undefined ? groupSize : sizeOf(`${path}.size`, node.size);
    const name = checkName(path, node.name, problems);
    // A host says its own; it has no image that would.
    const own = node.host?.architecture === "arm64" ? "arm64" : architecture;
    return { name, ...group, architecture: own, size };
  });
  const namePaths = nodes.map((_, index) => `${key}.nodes[${index}].name`);
  return { countPath: `${key}.nodes`, count: nodes.length, nodes, namePaths };
}

function clamp(count: number): number {
  return Math.min(Math.max(count, 0), maxWorkers);
}

function checkName(nodePath: string, name: string | undefined, problems: Problems): string {
  const path = `${nodePath}.name`;
  if (name === undefined) {
    const fix = "write a name, e.g. worker-1";
    if (problems.areSound(path)) problems.add(path, { wrong: "missing", fix });
    return "";
  }
  if (!isDnsLabel(name)) {
    problems.add(path, { wrong: "not a host name", got: name, fix: `use ${dnsLabelRule}` });
  }
  return name;
}

function checkMasterCount({ count, countPath }: Group, problems: Problems): void {
  if (!problems.areSound(countPath) || count === 1 || count === 3 || count === 5) return;
  const fix = "use 1, 3 or 5";
  if (count > 0 && count % 2 === 0) {
    const wrong = `${count} control-plane machines keep etcd's quorum no better than ${count - 1}`;
    problems.add(countPath, { wrong, fix });
  } else {
    problems.add(countPath, { wrong: "not 1, 3 or 5", got: count, fix });
  }
}

function checkWorkerCount({ count, countPath }: Group, problems: Problems): void {
  if (!problems.areSound(countPath) || (count >= 1 && count <= maxWorkers)) return;
  const fix = `use a number from 1 to ${maxWorkers}`;
  problems.add(countPath, { wrong: "not a number of workers", got: count, fix });
}

function checkNames(all: readonly Group[], problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { nodes, namePaths } of all) {
    nodes.forEach(({ name }, index) => {
      const path = namePaths[index] ?? "";
      const owner = owners.get(name);
      if (name !== "" && owner !== undefined) {
        const wrong = `also the name of a node of ${owner}`;
        problems.add(path, { wrong, got: name, fix: "give every node a name of its own" });
      }
      if (owner === undefined) owners.set(name, path.replace(/\.name$/, ""));
    });
  }
}
