import type * as pulumi from "@pulumi/pulumi";
import type { NodeSpec } from "../spec.ts";

/**
 * Machines of which one may be switched off only when the one before it has settled; those that are made are made together.
 * @param make - makes a machine whose changes wait for these resources
 * @param settled - what the next one waits for
 */
export function inTurn<Made>(
  nodes: readonly NodeSpec[],
  make: (node: NodeSpec, after: readonly pulumi.Resource[]) => Made,
  settled: (made: Made) => readonly pulumi.Resource[],
): Made[] {
  let after: readonly pulumi.Resource[] = [];
  return nodes.map((node) => {
    const made = make(node, after);
    after = settled(made);
    return made;
  });
}
