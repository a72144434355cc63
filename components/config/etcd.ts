import type { EtcdSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import { checkRange } from "./number-range.ts";
import type { Draft } from "./schema.ts";

/**
 * Which of a stack's etcd clusters is wanted: another one than there is says that the data of that one is lost, and nothing else
 * does, since an empty etcd in the place of one that still lives somewhere would be the end of it.
 * @param built - the one that the last run left; undefined when there is no cluster yet
 */
export function checkEtcd(
  { etcd = {} }: Draft,
  built: number | undefined,
  problems: Problems,
): EtcdSpec {
  const { restoreFrom } = etcd;
  const last = built ?? 1;
  const generation = etcd.generation ?? last;
  checkRange("etcd.generation", generation, [1, 1000], problems);
  if (built !== undefined && generation < built) {
    problems.add("etcd.generation", {
      wrong: `over: this is generation ${built} of the cluster's etcd`,
      got: generation,
      fix: `write ${built}, or take it out, which is the same; the next is for when the data is lost: docs/backups.md`,
    });
  }
  if (restoreFrom !== undefined && built === undefined) {
    problems.add("etcd.restoreFrom", {
      wrong:
        "of no use in a stack without a cluster: the keys of a backup's Secrets are in the state of the stack it is of",
      got: restoreFrom,
      fix: "bring that state here first (pulumi stack import: docs/backups.md), or take it out",
    });
  } else if (restoreFrom !== undefined && etcd.generation === undefined) {
    problems.add("etcd.restoreFrom", {
      wrong: "without a generation; only one that says that the data is lost is honoured",
      got: restoreFrom,
      fix: `write {generation: ${last + 1}, restoreFrom: ${restoreFrom}}, or take it out`,
    });
  }
  const isLost = built !== undefined && generation > built;
  return { generation, isLost, restoreFrom: isLost ? (restoreFrom ?? null) : null };
}
