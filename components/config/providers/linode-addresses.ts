import { parseCidr, type Cidr } from "../../lib/cidr.ts";
import { freeAddress, isForNode, nodeAddress } from "../../facts/node-address.ts";
import type { Problems } from "../problems.ts";
import type { Draft } from "../schema.ts";
import type { SettledCluster } from "./checked-provider.ts";

/** A node as the stack names it. */
interface Place {
  readonly name: string;
  /** Where its address is said, or would be. */
  readonly path: string;
  /** What the stack says. */
  readonly given: string | undefined;
}

/**
 * The address of each node in the VPC, by its name: what the stack gives, else what follows from the name alone. So
 * a node that comes or goes never moves another.
 */
export function checkAddresses(
  draft: Draft,
  cluster: SettledCluster,
  problems: Problems,
): Readonly<Record<string, string>> {
  if (!problems.areSound("nodeCidr", "controlPlane", "workers")) return {};
  const range = parseCidr(cluster.network.nodeCidr) as Cidr;
  const places = [
    ...placesOf("controlPlane", draft, cluster),
    ...placesOf("workers", draft, cluster),
  ];
  const owners = new Map<string, string>();
  // Those that the stack gives come first: they are the answer to a collision.
  for (const place of [...places].sort((a, b) => Number(!a.given) - Number(!b.given))) {
    const address = addressOf(place, range, problems);
    if (address === null) continue;
    const owner = owners.get(address);
    if (owner === undefined) {
      owners.set(address, place.name);
    } else {
      reportCollision(place, { address, owner, range, taken: new Set(owners.keys()) }, problems);
    }
  }
  return Object.fromEntries([...owners].map(([address, name]) => [name, address]));
}

function placesOf(
  key: "controlPlane" | "workers",
  draft: Draft,
  cluster: SettledCluster,
): readonly Place[] {
  return cluster[key].nodes.map(({ name }, index) => ({
    name,
    path: `${key}.nodes[${index}].privateAddress`,
    given: draft[key]?.nodes?.[index]?.privateAddress,
  }));
}

function addressOf({ name, path, given }: Place, range: Cidr, problems: Problems): string | null {
  if (given !== undefined) {
    if (isForNode(range, given)) return given;
    const example = freeAddress(range, "", new Set()) ?? "10.10.0.11";
    problems.add(path, {
      wrong: "not an address that nodeCidr has for a node",
      got: given,
      fix: `write one such as ${example}; the first two and the last two are kept back`,
    });
    return null;
  }
  const address = nodeAddress(range, name);
  if (address === null && problems.areSound("nodeCidr")) {
    problems.add("nodeCidr", {
      wrong: `has no address for ${name}: worker-N has the (20 + N)th`,
      fix: "use a larger range, e.g. 10.10.0.0/20",
    });
  }
  return address;
}

interface Collision {
  readonly address: string;
  readonly owner: string;
  readonly range: Cidr;
  readonly taken: ReadonlySet<string>;
}

function reportCollision(
  { name, path, given }: Place,
  { address, owner, range, taken }: Collision,
  problems: Problems,
): void {
  const free = freeAddress(range, address, taken);
  problems.add(path, {
    wrong: `${given === undefined ? `${name} would get ${address}` : address}, which ${owner} has`,
    fix: free === null ? "use a larger nodeCidr" : `write privateAddress: ${free}`,
  });
}
