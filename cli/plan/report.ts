import { certificatesOf } from "./certificates.ts";
import { costOf, type Cost } from "./cost.ts";
import { dangersOf } from "./danger.ts";
import { diffOf } from "./diff.ts";
import { firewallOf } from "./firewall.ts";
import { code, count, item, type Item, type Line } from "./item.ts";
import { isResized, type Machine, machinesOf, type Size } from "./machines.ts";
import { objectsOf } from "./objects.ts";
import { comparedTo } from "./pending.ts";
import { changing, type Preview } from "./preview.ts";
import { quorumItems } from "./quorum.ts";
import { servicesOf } from "./services.ts";

export interface ReportArgs {
  readonly stack: string;
  readonly preview: Preview;
  /** The preview of the program before the change under review, and what it is called, e.g. `main`. */
  readonly base: { readonly name: string; readonly preview: Preview } | null;
}

/** A report and what CI makes of it. */
export interface Report {
  readonly markdown: string;
  readonly verdict: "safe" | "loses-machines" | "loses-data" | "fails";
}

/** GitHub takes 65,536 characters in a comment; the rest is for what a workflow adds. */
export const maxLength = 60_000;
/** Most lines of one list. */
const maxItems = 40;

/** What a preview means, in Markdown for reviewers. */
export function reportOf({ stack, preview, base }: ReportArgs): Report {
  const machines = machinesOf(preview);
  const danger = dangersOf(preview, machines);
  const services = servicesOf(preview, machines);
  const { isPending, undone } = comparedTo(base?.preview, preview);
  const list = (items: readonly (Item | Line)[], mark = "-") => listOf(items, isPending, mark);
  const section = (title: string, items: readonly (Item | Line)[], mark?: string) =>
    items.length === 0 ? [] : [`### ${title}`, list(items, mark)];
  const dangerBlock = [
    "> [!CAUTION]\n> **This destroys data.**\n>",
    list(danger.data).replaceAll(/^/gm, "> "),
  ].join("\n");
  const parts = [
    `${marker(stack)}\n## Plan of stack ${code(stack)}`,
    ...(danger.data.length === 0 ? [] : [dangerBlock]),
    summary(preview, base?.name, undone),
    ...section("The preview fails", messages(preview.errors)),
    ...section("Warnings", messages(preview.warnings)),
    ...section("Machines", machines.flatMap(machineItem)),
    ...section("Addresses that are given back", danger.addresses),
    ...section("Quorum of etcd", quorumItems(machines, services.etcdRestarts)),
    ...section("Services that restart, in this order", services.restarts, "1."),
    ...section("Services that start for the first time", services.starts),
    ...section("Other steps on machines that stay (no service restarts by them)", services.others),
    ...section("Certificates and keys", certificatesOf(preview)),
    ...section("Firewall", firewallOf(preview)),
    ...section("Kubernetes objects", objectsOf(preview)),
    ...costSection(costOf(machines)),
  ];
  const text = parts.join("\n\n");
  const body =
    text.length <= maxLength ? text : `${text.slice(0, maxLength - 100)}\n\n… cut: too long`;
  return {
    markdown: `${body}\n${rawDiff(preview, maxLength - body.length)}`,
    verdict:
      preview.errors.length > 0
        ? "fails"
        : danger.data.length > 0
          ? "loses-data"
          : danger.losesMachines
            ? "loses-machines"
            : "safe",
  };
}

/** The first line of a report: by it a workflow finds the comment to replace. */
export function marker(stack: string): string {
  return `<!-- hardway plan of ${stack} -->`;
}

function summary(preview: Preview, base: string | undefined, undone: number): string {
  const changes = Map.groupBy(changing(preview), ({ change }) => change);
  const parts = (["create", "update", "replace", "delete"] as const).flatMap((change) => {
    const number = changes.get(change)?.length ?? 0;
    return number === 0 ? [] : [`${number} to ${change}`];
  });
  const what =
    parts.length === 0
      ? "**No change.**"
      : `${parts.join(", ")} of ${count(preview.steps.length, "resource")}.`;
  if (base === undefined) return what;
  const gone =
    undone === 0
      ? ""
      : ` ${count(undone, "change")} pending on ${code(base)} would no longer be made.`;
  return `${what} Lines marked *pending* would be done from ${code(base)} as well.${gone}`;
}

/** What the engine says of every plan of this kind, or what the report says better. */
const noise = [
  /^Undefined value \(\w+\) will not show as a stack output/,
  /^The provider for this resource has inputs that are not known during preview/,
];

function messages(texts: readonly string[]): readonly Item[] {
  return [...new Set(texts)]
    .filter((text) => !noise.some((pattern) => pattern.test(text)))
    .map((text) => item(text.replaceAll("\n", "\n  ")));
}

function listOf(
  lines: readonly (Item | Line)[],
  isPending: (item: Item) => boolean,
  mark: string,
): string {
  const text = (entry: Item) => `${entry.text}${isPending(entry) ? " *(pending)*" : ""}`;
  const shown = lines
    .slice(0, maxItems)
    .map((line) => `${mark} ${("text" in line ? [line] : line).map(text).join("; ")}`);
  const rest = lines.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${mark} … and ${rest} more`] : [])].join("\n");
}

function machineItem(machine: Machine): readonly Item[] {
  const { name, role, change, isRented, isDrained, before, after, step } = machine;
  const about = `${code(name)}, ${role}`;
  const why = step.reasons.length === 0 ? "" : `: ${step.reasons.map(code).join(", ")} changes`;
  switch (change) {
    case "same":
      return [];
    case "create":
      return [
        item(isRented ? `**made**: ${about}, ${sizeText(after)}` : `**joins**: ${about}`, step),
      ];
    case "delete":
      return [
        item(
          (isRented ? `**destroyed**: ${about}, ${sizeText(before)}` : `**leaves**: ${about}`) +
            (isDrained ? "; its pods move to other workers first" : ""),
          step,
        ),
      ];
    case "replace":
      return [item(`**replaced**: ${about}, ${sizeText(after)}${why}`, step)];
    case "update":
      return isResized(machine)
        ? [
            item(
              `**resized**: ${about}, ${sizeText(before)} → ${sizeText(after)}; it is switched off for the time`,
              step,
            ),
          ]
        : [item(`changed in place: ${about}${why}`, step)];
  }
}

function sizeText(size: Size | null): string {
  if (size === null) return "size not known";
  return size.monthlyUsd === null
    ? code(size.slug)
    : `${code(size.slug)} at $${size.monthlyUsd} a month`;
}

function costSection(cost: Cost | null): readonly string[] {
  if (cost === null) return [];
  const { beforeUsd, afterUsd, unknownSizes } = cost;
  const difference = Math.round((afterUsd - beforeUsd) * 100) / 100;
  const change =
    difference === 0
      ? `$${afterUsd} a month, as before.`
      : `$${beforeUsd} → **$${afterUsd}** a month (${difference > 0 ? "+" : "−"}$${Math.abs(difference)}).`;
  const open =
    unknownSizes.length === 0
      ? ""
      : ` Without ${unknownSizes.map(code).join(", ")}, whose price is not in our table.`;
  return ["### Cost", `${change}${open}`];
}

/** What is read first: what cannot be undone. */
const weights = { replace: 0, delete: 1, update: 2, create: 3, same: 4 } as const;

function byText(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** The changes themselves, folded, as many of them as there is room for. */
function rawDiff(preview: Preview, room: number): string {
  // Our components are names for groups of resources: nothing happens to them.
  const steps = changing(preview)
    .filter(({ type }) => !type.startsWith("hardway:"))
    .sort(
      (a, b) =>
        weights[a.change] - weights[b.change] || byText(a.name, b.name) || byText(a.urn, b.urn),
    );
  if (steps.length === 0) return "";
  // A fence longer than any in the text cannot be ended by it.
  const fence = "``````````";
  const head = `\n<details><summary>Raw diff of ${count(steps.length, "resource")}</summary>\n\n${fence}diff\n`;
  const foot = `\n${fence}\n\n</details>\n`;
  const blocks = steps.map((step) => diffOf(step).join("\n").replaceAll("``````````", "`` … ``"));
  let left = room - head.length - foot.length - 100;
  const shown: string[] = [];
  for (const block of blocks) {
    if (block.length + 1 > left) break;
    shown.push(block);
    left -= block.length + 1;
  }
  const rest = blocks.length - shown.length;
  const cut =
    rest === 0
      ? ""
      : `\n\n${count(rest, "resource")} more: run the plan on your own machine to see them.`;
  return `${head}${shown.join("\n")}${foot.replace("\n\n</details>", `${cut}\n\n</details>`)}`;
}
