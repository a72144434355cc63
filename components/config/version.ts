import type { Problems } from "./problems.ts";

const path = "kubernetes.version";

/** The Kubernetes version that a stack would get. */
export interface WantedVersion {
  readonly wanted: string;
  /** False: nobody wrote it, it is the artifact lock's default. */
  readonly isWritten: boolean;
}

/**
 * Refuses a version to which a cluster that exists must not or cannot yet go: one that nobody asked for, another minor version, and
 * an older one. All kubelets would move at once, undrained, and etcd holds objects that an older API server may not read.
 * A newer patch of the same minor version that the stack asks for is fine: no pod restarts, and nothing is stored differently.
 * @param built - what the cluster runs; undefined when there is none, or one that was made before this was kept in the state
 * @see https://kubernetes.io/releases/version-skew-policy/
 */
export function checkVersionChange(
  built: string | undefined,
  { wanted, isWritten }: WantedVersion,
  problems: Problems,
): void {
  if (built === undefined || built === wanted) return;
  const [from, to] = [built, wanted].map((version) => version.split(".").map(Number)) as [
    number[],
    number[],
  ];
  const isSameMinor = from[0] === to[0] && from[1] === to[1];
  const isNewer = isSameMinor && (to[2] ?? 0) > (from[2] ?? 0);
  if (!isWritten) {
    const wrong = `missing: the cluster has ${built}, and the artifact lock's default is ${wanted} now`;
    const fix = `write "${built}" to stay${isNewer ? `, or "${wanted}" to move` : ""}`;
    problems.add(path, { wrong, fix });
  } else if (!isNewer) {
    const wrong = isSameMinor
      ? `an older version than the cluster has (${built})`
      : `another minor version than the cluster has (${built}), which cannot change in place yet`;
    problems.add(path, {
      wrong,
      got: wanted,
      fix: `write "${built}" or a newer ${from.slice(0, 2).join(".")}`,
    });
  }
}
