import { readAsset } from "../../components/lib/assets.ts";
import { type CloudTable, parseCloudTable, priceIn } from "../../components/facts/sizes.ts";
import type { Change, Preview, State, Step } from "./preview.ts";

/** Resources that are a machine, with what a plan has to know of each cloud. */
const machineTypes: Readonly<Record<string, { readonly size: string; readonly table: string }>> = {
  "digitalocean:index/droplet:Droplet": { size: "size", table: "digitalocean.json" },
  "linode:index/instance:Instance": { size: "type", table: "linode.json" },
};

const hostType = "hardway:remote:Host";

/** One machine of the cluster before and after; a host that somebody else owns has no size. */
export interface Machine {
  readonly name: string;
  readonly role: "control-plane" | "worker";
  /** What happens to it; for a host of somebody else, `create` is that it joins and `delete` that it leaves. */
  readonly change: Change;
  /** False: somebody else's host, which is neither made nor deleted. */
  readonly isRented: boolean;
  /** Whether its pods move to other workers before it goes. */
  readonly isDrained: boolean;
  readonly before: Size | null;
  readonly after: Size | null;
  readonly step: Step;
}

/** What a machine is and costs. */
export interface Size {
  readonly slug: string;
  /** List price, US dollars a month; null when our table has no such size. */
  readonly monthlyUsd: number | null;
}

/** Every machine that was or will be in the cluster, in the order of their names. */
export function machinesOf({ steps }: Preview): readonly Machine[] {
  const etcdNodes = new Set(
    steps.filter(({ name, type }) => isCommand(type) && name.endsWith("-etcd")).map(nodeOfEtcd),
  );
  const roleOf = (name: string): Machine["role"] =>
    etcdNodes.has(name) ? "control-plane" : "worker";
  // See components/control-plane/node-removal.ts: a control plane that goes too drains nothing.
  const gone = new Set(
    steps
      .filter(({ type, change }) => isCommand(type) && change === "delete")
      .map(({ name }) => name),
  );
  const controlPlaneStays = [...etcdNodes].some((name) => !gone.has(`${name}-etcd`));
  const isDrained = (name: string) => controlPlaneStays && gone.has(`${name}-drain`);
  const rented = steps.flatMap((step): Machine[] => {
    const cloud = machineTypes[step.type];
    if (cloud === undefined) return [];
    const { name, change, before, after } = step;
    const size = (state: State | null) => sizeOf(state, cloud);
    const sizes = { before: size(before), after: change === "delete" ? null : size(after) };
    const about = { name, role: roleOf(name), isDrained: isDrained(name) };
    return [{ ...about, change, isRented: true, ...sizes, step }];
  });
  const names = new Set(rented.map(({ name }) => name));
  const adoptions = new Map(
    steps.filter(({ type }) => isCommand(type)).map((step) => [step.name, step]),
  );
  const owned = steps
    .filter(({ type, name }) => type === hostType && !names.has(name))
    .map((host): Machine => {
      // See components/remote/adopted-hosts.ts: it is replaced when another host takes the name.
      const step = adoptions.get(`${host.name}-adopted`) ?? host;
      const { name } = host;
      const change = step.change === "update" ? "same" : step.change;
      const about = { name, role: roleOf(name), isDrained: isDrained(name) };
      return { ...about, change, isRented: false, before: null, after: null, step };
    });
  return [...rented, ...owned].sort((a, b) =>
    a.name.localeCompare(b.name, "en", { numeric: true }),
  );
}

/** Machines whose disks are new after the update: nothing on them restarts, all of it is set up. */
export function freshMachines(machines: readonly Machine[]): ReadonlySet<string> {
  return new Set(
    machines.flatMap(({ name, change }) =>
      change === "create" || change === "replace" ? [name] : [],
    ),
  );
}

/** Whether a machine is switched off to get another size. */
export function isResized({ change, before, after }: Machine): boolean {
  return change === "update" && before !== null && after !== null && before.slug !== after.slug;
}

/** Whether this is the type of a step that runs on a host. */
export function isCommand(type: string): boolean {
  return type === "command:remote:Command";
}

function nodeOfEtcd({ name }: Step): string {
  return name.slice(0, -"-etcd".length);
}

function sizeOf(
  state: State | null,
  cloud: { readonly size: string; readonly table: string },
): Size | null {
  const slug = state?.inputs[cloud.size];
  if (typeof slug !== "string") return null;
  const table = tableOf(cloud.table);
  const listed = table?.sizes[slug]?.monthlyUsd;
  if (listed === undefined) return { slug, monthlyUsd: null };
  const region = state?.inputs["region"];
  const where = typeof region === "string" ? table?.regions[region] : undefined;
  return { slug, monthlyUsd: priceIn(where, listed) };
}

function tableOf(name: string): CloudTable | null {
  try {
    return parseCloudTable(readAsset(name));
  } catch {
    // Prices are for information: without a table the plan is still right.
    return null;
  }
}
