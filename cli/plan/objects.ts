import { isDeepStrictEqual } from "node:util";
import { code, count, item, type Item } from "./item.ts";
import { changing, type Preview, type Step } from "./preview.ts";

const workloads = /^kubernetes:apps\/v1:(Deployment|DaemonSet|StatefulSet)$/;

/** Most objects that are named in one add-on's line; more are counted. */
const named = 8;

/** Kubernetes objects that change, one line per add-on and kind of change. */
export function objectsOf(preview: Preview): readonly Item[] {
  const steps = changing(preview).filter(({ type }) => type.startsWith("kubernetes:"));
  const open = steps.filter(cannotTell);
  const sure = steps.filter((step) => !cannotTell(step));
  const groups = [
    ...Map.groupBy(sure, ({ component, change }) => `${component} ${change}`).values(),
  ];
  const lines = groups.map((group) => {
    const [first] = group;
    const what = group.length > named ? kindsOf(group) : group.map(describe).sort(byText);
    const verb = words[first?.change ?? "update"];
    return item(`**${first?.component ?? ""}**: ${verb} ${what.join(", ")}`, ...group);
  });
  const text = `${count(open.length, "object")} cannot be compared before the API server answers`;
  return [
    ...lines.sort((a, b) => byText(a.text, b.text)),
    ...(open.length === 0 ? [] : [item(text, ...open)]),
  ];
}

const words: Readonly<Record<Step["change"], string>> = {
  create: "creates",
  update: "updates",
  replace: "replaces",
  delete: "deletes",
  same: "keeps",
};

/** An update for which the plugin gives no reason: it could not ask the API server, and the inputs are the same. */
function cannotTell({ change, reasons, before, after }: Step): boolean {
  return (
    change === "update" && reasons.length === 0 && isDeepStrictEqual(before?.inputs, after?.inputs)
  );
}

function describe(step: Step): string {
  const { type, name, before, after, change } = step;
  const metadata = (after ?? before)?.inputs["metadata"] as
    { readonly name?: unknown; readonly namespace?: unknown } | undefined;
  const own = typeof metadata?.name === "string" ? metadata.name : name;
  const full = typeof metadata?.namespace === "string" ? `${metadata.namespace}/${own}` : own;
  const kind = type.split(":").at(-1) ?? "";
  const rolls =
    change === "update" && workloads.test(type) && !isDeepStrictEqual(podOf(before), podOf(after));
  return `${kind} ${code(full)}${rolls ? " (**its pods restart**)" : ""}`;
}

/** `6 × ClusterRole`, one per kind. */
function kindsOf(steps: readonly Step[]): readonly string[] {
  const kinds = Map.groupBy(steps, ({ type }) => type.split(":").at(-1) ?? "");
  return [...kinds].map(([kind, group]) => `${group.length} × ${kind}`).sort(byText);
}

function byText(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function podOf(state: Step["before"]): unknown {
  return (state?.inputs["spec"] as { readonly template?: unknown } | undefined)?.template;
}
