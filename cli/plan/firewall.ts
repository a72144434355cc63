import { portMatrix } from "../../components/facts/port-matrix.ts";
import { formatRange } from "../../components/facts/ports.ts";
import { code, item, type Item } from "./item.ts";
import { changing, type Preview, type State, type Step } from "./preview.ts";

/** Rules that let somebody in, per type of firewall, each as `tcp 22 from 203.0.113.7/32`. */
const readers: Readonly<Record<string, (inputs: State["inputs"]) => readonly string[]>> = {
  "digitalocean:index/firewall:Firewall": ({ inboundRules }) =>
    records(inboundRules).flatMap((rule) =>
      [
        ...texts(rule["sourceAddresses"]),
        ...texts(rule["sourceTags"]).map((tag) => `tag ${tag}`),
      ].map((source) => line(rule["protocol"], rule["portRange"], source)),
    ),
  "linode:index/firewall:Firewall": ({ inbounds }) =>
    records(inbounds)
      .filter(({ action }) => action === "ACCEPT")
      .flatMap((rule) =>
        [...texts(rule["ipv4s"]), ...texts(rule["ipv6s"])].map((source) =>
          line(rule["protocol"], rule["ports"], source),
        ),
      ),
};

/** Who may get in that could not, and who may no longer. */
export function firewallOf(preview: Preview): readonly Item[] {
  const steps = [...changing(preview)].sort((a, b) => a.name.localeCompare(b.name, "en"));
  return steps.flatMap((step) => {
    const read = readers[step.type];
    if (read === undefined) return [];
    if (step.change === "delete") return [item(`${code(step.name)} is deleted`, step)];
    const before = new Set(step.before === null ? [] : read(step.before.inputs));
    const after = new Set(step.after === null ? [] : read(step.after.inputs));
    return [
      ...[...after].filter((rule) => !before.has(rule)).map((rule) => opened(step, rule)),
      ...[...before].filter((rule) => !after.has(rule)).map((rule) => closed(step, rule)),
    ];
  });
}

/** What the cluster serves to the whole internet by itself. */
const served = portMatrix({ addons: { ingress: { isEnabled: true } } }).flatMap(
  ({ ports, from }) =>
    ports !== null && from.includes("everybody") ? [`${ports.protocol} ${formatRange(ports)}`] : [],
);

function opened(step: Step, rule: string): Item {
  const [ports = "", source = ""] = rule.split(" from ");
  const isSurprising = /^(0\.0\.0\.0|::)\/0$/.test(source) && !served.includes(ports);
  const warning = isSurprising ? " — **the whole internet**" : "";
  return item(`${code(step.name)} lets in ${code(rule)}${warning}`, step);
}

function closed(step: Step, rule: string): Item {
  return item(`${code(step.name)} no longer lets in ${code(rule)}`, step);
}

function line(protocol: unknown, ports: unknown, source: string): string {
  const words = [protocol, ports].filter((word) => typeof word === "string" && word !== "");
  return `${words.join(" ").toLowerCase()} from ${source}`;
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (entry): entry is Record<string, unknown> => typeof entry === "object" && entry !== null,
  );
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
