import { startedAt } from "./lab.ts";

const masterUnits = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "flanneld",
];
export const workerUnits = ["containerd", "kubelet", "kube-proxy"];

/** When each unit of the first three machines last started, by `machine unit`. */
export async function allStarts(): Promise<Readonly<Record<string, string>>> {
  const units = {
    "master-1": masterUnits,
    "worker-1": workerUnits,
    "worker-2": workerUnits,
  };
  const pairs = Object.entries(units).flatMap(([machine, names]) =>
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
