import type { Draft } from "../schema.ts";

/** Both groups of nodes, as a stack names them. */
export const groups = ["controlPlane", "workers"] as const;

/** One node as a stack writes it. */
export interface Entry {
  /** e.g. `workers.nodes[0]` */
  readonly path: string;
  readonly node: NonNullable<NonNullable<NonNullable<Draft["workers"]>["nodes"]>[number]>;
}

/** Every node that a stack names; none where it gives only a count. */
export function entriesOf(draft: Draft): Entry[] {
  return groups.flatMap((key) =>
    (draft[key]?.nodes ?? []).map((node = {}, index) => ({
      path: `${key}.nodes[${index}]`,
      node,
    })),
  );
}
