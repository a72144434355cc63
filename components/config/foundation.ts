import type { Foundation } from "../lib/foundation.ts";
import type { Problems } from "./problems.ts";

/** Where a stack says each part, in the order in which a reader should hear of them. */
const fixed = ["provider", "clusterName", "region", "nodeCidr", "podCidr", "serviceCidr"] as const;

/**
 * Refuses what cannot change in a cluster that exists: the plan would destroy machines, and etcd's data with them.
 * @param built - what the stack was built on; undefined when there is no cluster yet
 */
export function checkFoundation(
  built: Foundation | undefined,
  wanted: Foundation,
  problems: Problems,
): void {
  if (built === undefined) return;
  for (const key of fixed) {
    if (built[key] === wanted[key]) continue;
    problems.add(key, {
      wrong: `cannot change in a cluster that exists (it has ${built[key]})`,
      got: wanted[key],
      fix: `write ${built[key]}, or make a second stack, move to it and destroy this one`,
    });
    // Another provider has other regions and images: one problem says it all.
    if (key === "provider") return;
  }
  for (const [name, image] of Object.entries(built.controlPlane)) {
    checkMaster(name, { built: image, wanted: wanted.controlPlane[name] }, problems);
  }
}

function checkMaster(
  name: string,
  image: { readonly built: string; readonly wanted: string | undefined },
  problems: Problems,
): void {
  if (image.wanted === undefined) {
    const wrong = `${name} holds etcd's data and cannot be removed or renamed`;
    problems.add("controlPlane", { wrong, fix: `keep ${name}` });
  } else if (image.wanted !== image.built) {
    problems.add("controlPlane.image", {
      wrong: `${name} was made from ${image.built} and holds etcd's data: it is never made anew`,
      got: image.wanted,
      fix: `write ${image.built}; workers.image is for the workers`,
    });
  }
}
