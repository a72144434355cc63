import { code, count, item, type Item } from "./item.ts";
import { isResized, type Machine } from "./machines.ts";

/** How many of so many etcd members must be there to write. */
export function quorumOf(members: number): number {
  return Math.floor(members / 2) + 1;
}

/** Control-plane machines with members of etcd, before and after. */
export function mastersOf(machines: readonly Machine[]) {
  const masters = machines.filter(({ role }) => role === "control-plane");
  const named = (...changes: readonly Machine["change"][]) =>
    masters.filter(({ change }) => changes.includes(change)).map(({ name }) => name);
  return {
    added: named("create"),
    replaced: named("replace"),
    removed: named("delete"),
    staying: named("same", "update"),
    resized: masters.filter(isResized).map(({ name }) => name),
  };
}

/**
 * What a plan means for etcd's quorum: who joins and leaves, in which order, and how many are there meanwhile. Empty for a
 * control plane of one machine, and where etcd's members stay undisturbed.
 * @param restarting - the machines on which etcd restarts, in their order
 */
export function quorumItems(
  machines: readonly Machine[],
  restarting: readonly string[],
): readonly Item[] {
  const { added, replaced, removed, staying, resized } = mastersOf(machines);
  const before = staying.length + replaced.length + removed.length;
  const after = staying.length + replaced.length + added.length;
  if (before === 0 || Math.max(before, after) === 1) return [];
  const disturbed = [...new Set([...restarting, ...resized])];
  const join = [...replaced, ...added];
  return [
    ...(disturbed.length === 0 || before === 1
      ? []
      : [
          item(
            `${list(disturbed)}, one after the other: ${before - 1} of ${count(before, "member")} are there meanwhile, ${quorumOf(before)} are needed`,
          ),
        ]),
    ...(join.length === 0
      ? []
      : [
          item(
            `${list(join)} ${join.length === 1 ? "joins" : "join one by one"}, as a learner first, which counts for nothing until it has caught up` +
              (replaced.length === 0
                ? ""
                : `; what ${list(replaced)} was before is taken out then: ${before - 1} of ${before} are there meanwhile, ${quorumOf(before)} are needed`),
          ),
        ]),
    ...(removed.length === 0
      ? []
      : [
          item(
            `${list(removed)} ${removed.length === 1 ? "is" : "are"} taken out before the machine goes, after all else; of ${count(after, "member")} then ${quorumOf(after)} ${quorumOf(after) === 1 ? "is" : "are"} needed`,
          ),
        ]),
  ];
}

function list(names: readonly string[]): string {
  return names.map(code).join(", ");
}
