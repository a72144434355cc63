import type { Problems } from "./problems.ts";

/**
 * Refuses to take out, in one run, a worker and the control-plane machine that drains it: that machine is no member of etcd any
 * more when the worker's turn comes.
 * @param existing - names of the steps in the stack's state; see components/control-plane/node-removal.ts
 * @param wanted - names of all nodes that stay or come
 */
export function checkRemoval(
  existing: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
  problems: Problems,
): void {
  const nodesWith = (ending: string) =>
    [...existing]
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length));
  const [remover] = nodesWith("-node-removal").filter((name) => !wanted.has(name));
  const [worker] = nodesWith("-drain").filter((name) => !wanted.has(name));
  if (remover === undefined || worker === undefined) return;
  problems.add("controlPlane", {
    wrong: `${remover} cannot go in the same run as ${worker}, which it drains before`,
    fix: "take one of them out now, and the other in a later run",
  });
}
