import { code, item, type Item, type Line } from "./item.ts";
import { freshMachines, isCommand, type Machine } from "./machines.ts";
import { changing, type Preview, type Step, unknownValue } from "./preview.ts";

/** What happens on machines that stay. */
export interface Services {
  /**
   * Services that restart, and workers that are drained for it: those of one entry at the same time, each entry after the one
   * before.
   */
  readonly restarts: readonly Line[];
  /** Nodes on which etcd restarts, in the order of their names. */
  readonly etcdRestarts: readonly string[];
  /** Services that run for the first time, per machine. */
  readonly starts: readonly Item[];
  /** Other steps, which restart nothing. */
  readonly others: readonly Item[];
}

interface Restart {
  readonly step: Step;
  readonly unit: string;
  readonly node: string;
  /** In a reviewer's words. */
  readonly because: readonly string[];
}

/** The restarts of services and their order, from the steps of a preview and what each depends on. */
export function servicesOf(preview: Preview, machines: readonly Machine[]): Services {
  const fresh = freshMachines(machines);
  const steps = changing(preview).filter(
    ({ type, change }) => isCommand(type) && change !== "delete",
  );
  const all = steps.map((step) => {
    const node = nodeOf(step, machines);
    return { step, unit: unitOf(step, node), node };
  });
  const isFresh = ({ step, node }: { step: Step; node: string }) =>
    fresh.has(node) || step.change === "create";
  const remade = new Map(
    changing(preview)
      .filter(({ change, type }) => change === "replace" && !type.endsWith(":CertRequest"))
      .map(({ urn, name }) => [urn, name]),
  );
  const restarts = all.flatMap(({ step, unit, node }): Restart[] => {
    const drain = drainOf(step, node);
    if (drain !== null) return [drain];
    if (unit === null || isFresh({ step, node })) return [];
    const [before, after] = [bundleOf(step, "before"), bundleOf(step, "after")];
    if (before === after || reloads(before, after)) return [];
    if (!after.includes(unknownValue)) {
      return [{ step, unit, node, because: changedParts(before, after) }];
    }
    const sources = (step.after?.dependencies ?? []).flatMap((urn) => remade.get(urn) ?? []);
    const because = sources.map((name) => `new ${code(name)}`).sort(byName);
    return [
      {
        step,
        unit,
        node,
        because: because.length > 0 ? because : ["perhaps: only the update can tell"],
      },
    ];
  });
  const restarting = new Set(restarts.map(({ step }) => step.urn));
  const others = all.filter((entry) => !isFresh(entry) && !restarting.has(entry.step.urn));
  return {
    restarts: wavesOf(preview, restarts),
    etcdRestarts: restarts
      .filter(({ unit }) => unit === "etcd")
      .map(({ node }) => node)
      .sort(byName),
    starts: perNode(
      all.filter((entry) => isFresh(entry) && entry.unit !== null),
      ({ step, unit }) => unit ?? step.name,
    ),
    others: perNode(others, ({ step, node }) => step.name.replace(`${node}-`, "")),
  };
}

/** What stands around the upgrade of a worker, in kubectl's words; see components/control-plane/node-upgrades.ts. */
function drainOf(step: Step, node: string): Restart | null {
  const unit = { cordon: "drain", uncordon: "uncordon" }[step.name.slice(node.length + 1)];
  const [before, after] = [step.before, step.after].map((state) => state?.inputs["update"]);
  if (unit === undefined || typeof before !== "string" || typeof after !== "string") return null;
  const minor = after.split(" ").at(-1) ?? "";
  return before === after ? null : { step, unit, node, because: [`Kubernetes ${minor}`] };
}

/** The unit that a step runs, without its ending; null for a step that runs none. */
function unitOf({ name, before, after }: Step, node: string): string | null {
  const create = before?.inputs["create"] ?? after?.inputs["create"];
  // Only a unit's command line has an address in it that is not known yet; see components/remote/unit.ts.
  if (create === unknownValue) return name.replace(`${node}-`, "");
  const unit =
    typeof create === "string" && /\/run-unit\.sh (\S+?)\.(?:service|timer)\b/.exec(create)?.[1];
  return typeof unit === "string" ? unit : null;
}

function nodeOf({ name }: Step, machines: readonly Machine[]): string {
  const nodes = machines
    .map((machine) => machine.name)
    .filter((node) => name.startsWith(`${node}-`));
  return nodes.sort((a, b) => b.length - a.length)[0] ?? name;
}

function bundleOf(step: Step, side: "before" | "after"): string {
  const stdin = step[side]?.inputs["stdin"];
  // The end mark says nothing of the service.
  return typeof stdin === "string" ? stdin.replace(/^>>> end\n/m, "") : JSON.stringify(stdin ?? "");
}

/**
 * Whether only what the unit takes over without a restart differs. Of one that takes over anything at all, the rest is the text of the
 * unit: what is not known yet is an address, which it takes over.
 */
function reloads(before: string, after: string): boolean {
  const mark = ">>> reload\n";
  if (after.includes(unknownValue)) return before.includes(mark);
  return after.includes(mark) && before.split(mark)[0] === after.split(mark)[0];
}

/** Which entries of a bundle (`components/lib/bundle.ts`) differ, in a reviewer's words. */
function changedParts(before: string, after: string): readonly string[] {
  const [old, young] = [entriesOf(before), entriesOf(after)];
  const keys = [...new Set([...old.keys(), ...young.keys()])];
  return keys.filter((key) => old.get(key) !== young.get(key));
}

function entriesOf(text: string): ReadonlyMap<string, string> {
  const entries = text.split(/^>>> /m).slice(1);
  return new Map(
    entries.map((entry) => {
      const [head = "", ...body] = entry.split("\n");
      const [kind, ...words] = head.split(" ");
      // A reason ends with a hash, a link with its target, a file with its mode and owner.
      const name = kind === "because" ? words.slice(0, -1).join(" ") : code(words[0] ?? head);
      return [name, [words.at(-1), ...words, ...body].join("\n")];
    }),
  );
}

/** Restarts in groups: each after all those that it depends on, also by way of what does not change. */
function wavesOf(preview: Preview, restarts: readonly Restart[]): readonly Line[] {
  const byUrn = new Map(preview.steps.map((step) => [step.urn, step]));
  const restarting = new Set(restarts.map(({ step }) => step.urn));
  const known = new Map<string, number>();
  /** How many restarts come one after the other before what depends on this; itself included. */
  const depthOf = (urn: string): number => {
    const found = known.get(urn);
    if (found !== undefined) return found;
    known.set(urn, 0); // The engine knows no circles; a damaged recording must not hang us.
    const step = byUrn.get(urn);
    const above = ((step?.after ?? step?.before)?.dependencies ?? []).map(depthOf);
    const depth = Math.max(0, ...above) + (restarting.has(urn) ? 1 : 0);
    known.set(urn, depth);
    return depth;
  };
  const depths = restarts.map((restart) => ({ restart, depth: depthOf(restart.step.urn) }));
  const last = Math.max(0, ...depths.map(({ depth }) => depth));
  return Array.from({ length: last }, (_, i) => depths.filter(({ depth }) => depth === i + 1))
    .filter((wave) => wave.length > 0)
    .map((wave) => waveLine(wave.map(({ restart }) => restart)));
}

/** Services of one wave, those with the same reasons together. */
function waveLine(wave: readonly Restart[]): Line {
  const groups = Map.groupBy(wave, ({ unit, because }) => JSON.stringify([unit, because]));
  return [...groups.values()]
    .map((group) => {
      const [first] = group;
      const nodes = group.map(({ node }) => node).sort(byName);
      const why = (first?.because ?? []).join(", ");
      const text = `${code(first?.unit ?? "")} on ${nodes.join(", ")}${why === "" ? "" : ` (${why})`}`;
      return item(text, ...group.map(({ step }) => step));
    })
    .sort((a, b) => byName(a.text, b.text));
}

interface OnNode {
  readonly step: Step;
  readonly unit: string | null;
  readonly node: string;
}

function perNode(entries: readonly OnNode[], label: (entry: OnNode) => string): readonly Item[] {
  return [...Map.groupBy(entries, ({ node }) => node)]
    .sort(([a], [b]) => byName(a, b))
    .map(([node, group]) =>
      item(
        `${node}: ${[...new Set(group.map(label))].sort(byName).join(", ")}`,
        ...group.map(({ step }) => step),
      ),
    );
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
