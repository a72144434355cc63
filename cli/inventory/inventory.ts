import { table } from "../lib/table.ts";
import type { CloudClient, CloudThing } from "./cloud-client.ts";
import type { StackFacts, StoredThing } from "./stack.ts";

/** What the cloud has beside what the state knows. */
export interface Inventory {
  /** In both. */
  readonly known: readonly CloudThing[];
  /** In the cloud, and not in the state: nobody will take it away. */
  readonly orphans: readonly CloudThing[];
  /** In the state, and not in the cloud. */
  readonly ghosts: readonly StoredThing[];
  /** In the cloud, not in the state, and nothing on it says whose it is. */
  readonly unclear: readonly CloudThing[];
}

/** Asks the cloud and compares. */
export async function takeInventory(client: CloudClient, stack: StackFacts): Promise<Inventory> {
  const things = await client.list(stack.tag, stack.zone);
  const key = ({ type, id }: { readonly type: string; readonly id: string }) => `${type} ${id}`;
  const stored = new Map(
    stack.resources
      .filter(({ type, id }) => id !== "" && client.types.includes(type))
      .map((resource) => [key(resource), resource]),
  );
  const there = new Set(things.map(key));
  const unknown = things.filter((thing) => !stored.has(key(thing)));
  return {
    known: things.filter((thing) => stored.has(key(thing))),
    orphans: unknown.filter(({ isCertain }) => isCertain),
    ghosts: [...stored.values()].filter((resource) => !there.has(key(resource))),
    unclear: unknown.filter(({ isCertain }) => !isCertain),
  };
}

/** The inventory for people. */
export function inventoryText(
  { known, orphans, ghosts, unclear }: Inventory,
  {
    client,
    stack,
    facts,
  }: { readonly client: string; readonly stack: string; readonly facts: StackFacts },
): string {
  const row = (thing: CloudThing, inState: string) => [
    kindOf(thing),
    thing.name,
    thing.id,
    thing.detail,
    thing.bills ? "yes" : "no",
    inState,
  ];
  const rows = [
    ...known.map((thing) => row(thing, "yes")),
    ...orphans.map((thing) => row(thing, "NO: orphan")),
    ...unclear.map((thing) => row(thing, "no: perhaps not ours")),
    ...ghosts.map((thing) => [kindOf(thing), thing.name, thing.id, "GONE: ghost", "", "yes"]),
  ];
  const heading = ["KIND", "NAME", "ID", "IN THE CLOUD", "BILLS", "IN THE STATE"];
  return [
    `${client}, tag ${facts.tag}, stack ${stack}`,
    ...(rows.length === 0 ? [] : ["", ...table([heading, ...rows])]),
    "",
    ...verdict({ known, orphans, ghosts, unclear }, facts),
  ].join("\n");
}

function verdict(
  { known, orphans, ghosts, unclear }: Inventory,
  facts: StackFacts,
): readonly string[] {
  const name = (thing: { type: string; name: string; id: string }) =>
    `${kindOf(thing)} ${thing.name} (${thing.id})`;
  const nothing = orphans.length + ghosts.length + unclear.length === 0;
  return [
    ...orphans.map((thing) => {
      const bills = thing.bills ? " and bills" : "";
      return `orphan: ${name(thing)} is in the cloud${bills}, and the stack does not know it; delete it there, or take it over with pulumi import`;
    }),
    ...ghosts.map(
      (thing) =>
        `ghost: ${name(thing)} is not in the cloud; pulumi refresh forgets it, pulumi up makes it anew`,
    ),
    ...unclear.map(
      (thing) =>
        `perhaps: ${name(thing)} carries no sign of whose it is; delete it there if it is yours and not in use`,
    ),
    ...facts.interrupted.map(
      (resource) =>
        `interrupted: the creation of ${resource} was cut off; pulumi up or pulumi refresh settles it`,
    ),
    ...(nothing && known.length > 0 ? [`${known.length} things, all known to the stack`] : []),
    ...(nothing && known.length === 0 ? ["nothing carries the cluster's tag: nothing bills"] : []),
  ];
}

/** `Droplet` of `digitalocean:index/droplet:Droplet`. */
function kindOf({ type }: { readonly type: string }): string {
  return type.split(":").at(-1) ?? type;
}
