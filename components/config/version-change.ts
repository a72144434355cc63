import { versionPath } from "../facts/components.ts";
import { byVersion, minorOf, minorsBetween } from "../lib/versions.ts";
import type { Problems } from "./problems.ts";
import type { Versions } from "./versions.ts";

/** A program whose version is followed by order, as a machine was last left with. */
export interface RunningProgram {
  readonly node: string;
  readonly program: "etcd" | "kube-apiserver" | "kubelet";
  readonly version: string;
}

/**
 * Refuses versions to which what runs cannot go in one run. Both Kubernetes and etcd go up by one minor version at a time, on every
 * machine before the next begins, and never down by one: a newer one stores what an older one cannot read. A patch may be taken
 * back. What counts is what each machine runs, so that a run that was interrupted can go on, and one that never began be undone.
 * @param running - what the state has, and whether its control plane is lost: then nothing is stored that could be misunderstood
 * @see https://kubernetes.io/releases/version-skew-policy/
 * @see https://etcd.io/docs/v3.6/upgrades/upgrading-etcd/
 */
export function checkVersionChange(
  { running, isLost }: { readonly running: readonly RunningProgram[]; readonly isLost: boolean },
  wanted: Pick<Versions, "kubernetes" | "etcd">,
  problems: Problems,
): void {
  const left = running.filter(({ program }) => !isLost || program === "kubelet");
  const of = (...programs: string[]) => left.filter(({ program }) => programs.includes(program));
  const [storing, all] = [of("kube-apiserver"), of("kube-apiserver", "kubelet")];
  checkSteps("kubernetes", { storing, all, wanted: wanted.kubernetes }, problems);
  const members = of("etcd");
  checkSteps("etcd", { storing: members, all: members, wanted: wanted.etcd }, problems);
  const moves = (programs: readonly RunningProgram[], to: string) =>
    programs.find(({ version }) => minorOf(version) !== minorOf(to));
  const member = moves(members, wanted.etcd);
  if (member === undefined || moves(all, wanted.kubernetes) === undefined) return;
  const path = versionPath("etcd");
  if (!problems.areSound(path, versionPath("kubernetes"))) return;
  problems.add(path, {
    wrong: "another minor version in the same run as another of Kubernetes",
    got: wanted.etcd,
    fix: `write "${member.version}" and move etcd in a run of its own`,
  });
}

interface Steps {
  /** What writes in the form of its version, and may not go back. */
  readonly storing: readonly RunningProgram[];
  readonly all: readonly RunningProgram[];
  readonly wanted: string;
}

function checkSteps(
  component: "kubernetes" | "etcd",
  { storing, all, wanted }: Steps,
  problems: Problems,
): void {
  const path = versionPath(component);
  if (!problems.areSound(path)) return;
  const [newest] = storing.toSorted((a, b) => byVersion(b.version, a.version));
  if (newest !== undefined && minorsBetween(newest.version, wanted) < 0) {
    problems.add(path, {
      wrong: `an older minor version than ${newest.version}, which ${newest.node} has: it would not understand what is stored`,
      got: wanted,
      fix: `write "${newest.version}"; docs/upgrades.md says how to go back`,
    });
    return;
  }
  const [oldest] = all.toSorted((a, b) => byVersion(a.version, b.version));
  if (oldest === undefined || minorsBetween(oldest.version, wanted) <= 1) return;
  problems.add(path, {
    wrong: `more than one minor version above ${oldest.version}, which ${oldest.program} on ${oldest.node} has`,
    got: wanted,
    fix: `write a version of the minor after ${minorOf(oldest.version)} and run it to its end first`,
  });
}
