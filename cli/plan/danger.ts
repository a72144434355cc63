import { code, count, item, type Item } from "./item.ts";
import type { Machine } from "./machines.ts";
import { mastersOf, quorumOf } from "./quorum.ts";
import { type Change, changing, type Preview, type Step } from "./preview.ts";

/** What an update would lose. */
export interface Danger {
  /** Data that nothing brings back. */
  readonly data: readonly Item[];
  /** Addresses that are given back, which nobody gets again. */
  readonly addresses: readonly Item[];
  /** Whether machines are replaced, deleted or taken out, whatever was on them, or addresses given back. */
  readonly losesMachines: boolean;
}

const networkTypes = new Set([
  "digitalocean:index/vpc:Vpc",
  "linode:index/vpc:Vpc",
  "linode:index/vpcSubnet:VpcSubnet",
]);

const addressType = "digitalocean:index/reservedIp:ReservedIp";

/** Kubernetes objects that take other things with them, and what these are. */
const containers: Readonly<Record<string, string>> = {
  "kubernetes:core/v1:Namespace": "and everything in it, whoever made it",
  "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition":
    "and every object of this kind, whoever made it",
  "kubernetes:core/v1:PersistentVolumeClaim": "and the volume behind it",
  "kubernetes:core/v1:PersistentVolume": "and what is on it",
};

/** Finds what an update destroys. */
export function dangersOf(preview: Preview, machines: readonly Machine[]): Danger {
  const gone = changing(preview).filter(isGone);
  const lost = machines.filter(isGone);
  const masters = losesEtcd(machines) ? lost.filter(({ role }) => role === "control-plane") : [];
  const data = [
    ...etcdBegunAnew(preview),
    ...masters.map(lostMaster),
    ...gone.filter(({ type }) => networkTypes.has(type)).map(lostNetwork),
    ...(masters.length > 0 ? lostWithCluster(gone) : lostOneByOne(gone)),
  ];
  const addresses = gone.filter(({ type }) => type === addressType).map(lostAddress);
  return { data, addresses, losesMachines: lost.length + addresses.length > 0 };
}

/**
 * Whether etcd's data goes: no machine stays that has it, or so many are made anew at once that the others are no quorum.
 * Machines that leave are taken out of etcd before, and lose it nothing.
 */
function losesEtcd(machines: readonly Machine[]): boolean {
  const { staying, replaced } = mastersOf(machines);
  return staying.length < quorumOf(staying.length + replaced.length);
}

function lostAddress(step: Step): Item {
  return item(`${code(step.name)}: names that lead to it must be changed`, step);
}

/** What the config says is lost already: a permit to begin etcd's cluster another time. */
function etcdBegunAnew(preview: Preview): readonly Item[] {
  const made = changing(preview).filter(({ change }) => change === "create");
  return made.flatMap((step) => {
    const [, master = "", generation = ""] = /^(.+)-etcd-founder-(\d+)$/.exec(step.name) ?? [];
    if (master === "") return [];
    const isRestored = made.some(({ name }) => name === `${master}-etcd-snapshot-${generation}`);
    const how = isRestored
      ? "the snapshot of `etcd.restoreFrom`: what was written after it is gone"
      : "**nothing**: every object is gone that the stack does not make";
    return [
      item(
        `etcd begins anew on ${code(master)}, generation ${generation}, with ${how}; refused on the machine where the data is still there`,
        step,
      ),
    ];
  });
}

function isGone({ change }: { readonly change: Change }): boolean {
  return change === "delete" || change === "replace";
}

function lostMaster({ name, change, isRented, step }: Machine): Item {
  const what = change === "replace" ? "replaced" : isRented ? "deleted" : "given up";
  const why = step.reasons.length === 0 ? "" : ` (${step.reasons.map(code).join(", ")} changes)`;
  const locked =
    step.before?.isProtected === true ? "; it is protected, so the update stops there" : "";
  return item(
    `control-plane machine ${code(name)} is **${what}**${why}, and with it **etcd's data**: every object of the cluster${locked}`,
    step,
  );
}

function lostNetwork(step: Step): Item {
  const why = step.reasons.length === 0 ? "" : ` (${step.reasons.map(code).join(", ")} changes)`;
  return item(
    `the private network ${code(step.name)} is **${step.change}d**${why}: no machine in it can stay`,
    step,
  );
}

/** Objects vanish with etcd: one line for all that hold others. */
function lostWithCluster(gone: readonly Step[]): readonly Item[] {
  const steps = gone.filter(({ type }) => type in containers);
  if (steps.length === 0) return [];
  return [
    item(
      `${count(steps.length, "namespace, kind or volume", "namespaces, kinds and volumes")} of Kubernetes, with all in them`,
      ...steps,
    ),
  ];
}

function lostOneByOne(gone: readonly Step[]): readonly Item[] {
  return gone.flatMap((step) => {
    const with_ = containers[step.type];
    if (with_ !== undefined) {
      const kind = step.type.split(":").at(-1) ?? "";
      return [item(`${kind} ${code(step.name)} is **${step.change}d**, ${with_}`, step)];
    }
    if (step.name === "encryption-at-rest" && step.type.startsWith("tls:")) {
      const text = `the key that encrypts Secrets is **${step.change}d**: **no Secret in etcd can be read** without the old one`;
      return [item(text, step)];
    }
    return [];
  });
}
