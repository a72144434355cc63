import type { Foundation } from "../facts/foundation.ts";
import type { EtcdSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";

/** Where a stack says each part, in the order in which a reader should hear of them. */
const fixed = [
  "provider",
  "clusterName",
  "region",
  "nodeCidr",
  "podCidr",
  "serviceCidr",
  "clusterDomain",
] as const;

/**
 * Refuses what cannot change in a cluster that exists: the plan would destroy machines, and etcd's data with them, or, with
 * another `clusterDomain`, the API server would refuse every token in use and pods would keep names that nobody answers.
 * @param built - what the stack was built on; undefined when there is no cluster yet
 */
export function checkFoundation(
  built: Foundation | undefined,
  wanted: Foundation,
  problems: Problems,
  { isLost }: Pick<EtcdSpec, "isLost"> = { isLost: false },
): void {
  if (built === undefined) return;
  for (const key of fixed) {
    if (built[key] === undefined || built[key] === wanted[key]) continue;
    problems.add(key, {
      wrong: `cannot change in a cluster that exists (it has ${built[key]})`,
      got: wanted[key],
      fix: `write ${built[key]}, or make a second stack, move to it and destroy this one`,
    });
    // Another provider has other regions and images: one problem says it all.
    if (key === "provider") return;
  }
  const stays = Object.keys(built.controlPlane).filter((name) => name in wanted.controlPlane);
  if (stays.length === 0) {
    const names = Object.keys(built.controlPlane);
    problems.add("controlPlane", {
      wrong: `${listOf(names, "and")} ${names.length === 1 ? "holds" : "hold"} etcd's data and cannot all go in one run`,
      got: Object.keys(wanted.controlPlane).join(", "),
      fix: `keep ${listOf(names, "or")}, which the new ones join, and take it out in a later run`,
    });
  }
  // Where the data is lost, no machine holds it: what they were made from is of the past.
  for (const name of isLost ? [] : stays) {
    checkImage(
      name,
      { built: built.controlPlane[name], wanted: wanted.controlPlane[name] },
      problems,
    );
  }
}

function checkImage(
  name: string,
  image: { readonly built: string | undefined; readonly wanted: string | undefined },
  problems: Problems,
): void {
  if (image.wanted === image.built) return;
  problems.add("controlPlane.image", {
    wrong: `${name} was made from ${image.built} and holds etcd's data: it is never made anew`,
    got: image.wanted,
    fix: `write ${image.built}; workers.image is for the workers`,
  });
}

function listOf(names: readonly string[], word: "and" | "or"): string {
  return new Intl.ListFormat("en", { type: word === "and" ? "conjunction" : "disjunction" }).format(
    names,
  );
}
