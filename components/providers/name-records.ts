import * as pulumi from "@pulumi/pulumi";
import { firstOf } from "../lib/first.ts";
import type { ClusterSpec } from "../spec.ts";
import type { ClusterName, ClusterNames, Machine, NameId } from "./machine.ts";
import type { NameServers } from "./name-servers.ts";
import { plainError } from "./plain-error.ts";

/** Most addresses of one name: more do not fit into a plain DNS answer of 512 bytes. */
const maxAddresses = 24;

/** Seconds for which an answer may be kept; both clouds take this number as it is. */
export const recordTtl = 120;

/** One record of a name. */
export interface Target {
  /** The node whose address it is, or that the address leads to first. */
  readonly node: string;
  readonly address: pulumi.Output<string>;
}

/** A name, and where it is to lead. */
export interface NamePlan {
  readonly id: NameId;
  readonly name: string;
  /** One or more. */
  readonly targets: readonly Target[];
}

type ReachedMachine = Pick<Machine, "node" | "publicIp">;

/** What the names of a cluster lead to. */
export interface ReachedMachines {
  readonly controlPlane: readonly ReachedMachine[];
  readonly workers: readonly ReachedMachine[];
  /** Instead of the first control-plane machine's own. */
  readonly apiAddress?: pulumi.Output<string> | undefined;
  /** Instead of the workers' own. */
  readonly ingressAddress?: pulumi.Output<string> | undefined;
}

/** Every name of the cluster inside its zone; none without one. */
export function namePlans(spec: ClusterSpec, machines: ReachedMachines): NamePlan[] {
  const { names, addons } = spec;
  if (names === null) return [];
  const api = machines.controlPlane.map(({ node, publicIp }, index) => ({
    node: node.name,
    address: index === 0 ? (machines.apiAddress ?? publicIp) : publicIp,
  }));
  const web = webTargets(machines).slice(0, maxAddresses);
  const host = addons.demo?.host ?? null;
  // Another zone's names are for whoever owns it.
  const isOwnHost = host !== null && isIn(names.domain, host) && host !== names.ingress;
  return [
    { id: "api", name: names.api, targets: api },
    ...(addons.ingress.isEnabled
      ? [{ id: "ingress" as const, name: names.ingress, targets: web }]
      : []),
    ...(isOwnHost ? [{ id: "demo" as const, name: host, targets: web }] : []),
  ];
}

function webTargets({ workers, ingressAddress }: ReachedMachines): Target[] {
  const own = workers.map(({ node, publicIp }) => ({ node: node.name, address: publicIp }));
  return ingressAddress === undefined
    ? own
    : own.slice(0, 1).map(({ node }) => ({ node, address: ingressAddress }));
}

function isIn(domain: string, name: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** A name as its zone has it: `api.prod`, or `@` for the zone itself. */
export function nameInZone(name: string, domain: string): string {
  return name === domain ? "@" : name.slice(0, -domain.length - 1);
}

/** Makes the records of each name, and hands it on once the zone's name servers answer with them. */
export function recordNames(
  plans: readonly NamePlan[],
  { domain, nameServers }: { readonly domain: string; readonly nameServers: NameServers },
  record: (id: string, plan: NamePlan, target: Target) => pulumi.CustomResource,
): ClusterNames {
  return Object.fromEntries(
    plans.map((plan) => {
      const records = plan.targets.map((target) =>
        record(`${target.node}-${plan.id}-record`, plan, target),
      );
      return [plan.id, recorded(plan, domain, records, nameServers)];
    }),
  );
}

function recorded(
  { name, targets }: NamePlan,
  domain: string,
  records: readonly pulumi.CustomResource[],
  nameServers: NameServers,
): ClusterName {
  const addresses = pulumi.all(targets.map(({ address }) => address));
  return {
    name,
    addresses,
    records,
    // A plan takes the name for known as soon as it has a record, and asks nobody: what is made beside it is another machine's.
    served: pulumi.runtime.isDryRun()
      ? firstOf(records).id.apply(() => name)
      : pulumi
          .all([addresses, pulumi.all(records.map(({ id }) => id))])
          .apply(([wanted]) => nameServers.awaitServed({ domain, name, addresses: wanted }))
          .apply(() => name),
  };
}

/** What a zone is looked for with. */
interface Zones {
  /** For people. */
  readonly cloud: string;
  /** Names of its servers. */
  readonly servers: readonly string[];
  readonly nameServers: NameServers;
}

/**
 * The zone of this name among those of an account; when something is made, also one that the world asks the cloud for.
 * @throws RunError when there is none
 */
export async function zoneOf<Zone>(
  domain: string,
  zones: readonly Zone[],
  nameOf: (zone: Zone) => string | undefined,
  { cloud, servers, nameServers }: Zones,
): Promise<Zone> {
  const found = zones.find((zone) => nameOf(zone) === domain);
  if (found === undefined) {
    const names = zones.map((zone) => nameOf(zone) ?? "").sort();
    const fix =
      names.length === 0
        ? `add it to the account first, and have its registrar name ${servers.join(", ")}`
        : `use one of ${names.join(", ")}, or add it to the account first`;
    throw plainError(`domain: the ${cloud} account has no such zone, got "${domain}"; ${fix}`);
  }
  if (!pulumi.runtime.isDryRun()) await nameServers.checkDelegation(domain, servers);
  return found;
}

/** Names that the user points, or has pointed: nothing of them is looked at here. */
export function givenNames(plans: readonly NamePlan[]): ClusterNames {
  return Object.fromEntries(
    plans.map(({ id, name, targets }): [string, ClusterName] => [
      id,
      {
        name,
        addresses: pulumi.all(targets.map(({ address }) => address)),
        served: pulumi.output(name),
        records: [],
      },
    ]),
  );
}
