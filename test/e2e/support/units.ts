import { startedAt } from "./lab.ts";

const masterUnits = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "flanneld",
];
export const workerUnits = ["api-balancer", "containerd", "kubelet", "kube-proxy"];

/** When each unit of the masters and of the first two workers last started, by `machine unit`. */
export async function allStarts(
  masters: readonly string[] = ["master-1"],
): Promise<Readonly<Record<string, string>>> {
  const units = [
    ...masters.map((machine) => [machine, masterUnits] as const),
    ["worker-1", workerUnits] as const,
    ["worker-2", workerUnits] as const,
  ];
  const pairs = units.flatMap(([machine, names]) =>
    names.map((unit) => [`${machine} ${unit}`, machine, `${unit}.service`] as const),
  );
  const starts = await Promise.all(
    pairs.map(async ([key, machine, unit]) => [key, await startedAt(machine, unit)] as const),
  );
  return Object.fromEntries(starts);
}

/** Units that started again in between. */
export function restarted(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.keys(after).filter((unit) => after[unit] !== before[unit]);
}
