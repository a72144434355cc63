import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cidr, contains } from "../../components/lib/cidr.ts";
import { portMatrix } from "../../components/facts/port-matrix.ts";
import type { Ports } from "../../components/facts/ports.ts";
import { clusterGraph } from "../support/cluster.ts";
import type { Graph } from "../support/graph.ts";
import { sampleSpec } from "../support/sample.ts";

type Role = "control-plane" | "worker";
type Sender = "anybody" | "an operator" | "a worker" | "a control-plane machine";

/** What a firewall lets in, however its cloud says it. */
interface Opening {
  readonly role: Role;
  /** `tcp 6443`; `icmp` has no port. */
  readonly port: string;
  readonly senders: readonly Sender[];
}

const addresses: Readonly<Record<Sender, string>> = {
  anybody: "198.51.100.77/32",
  "an operator": "192.0.2.7/32",
  "a worker": "10.10.0.22/32",
  "a control-plane machine": "10.10.0.11/32",
};
const everySender = Object.keys(addresses) as Sender[];
const sendersOf = (ranges: readonly string[]) =>
  everySender.filter((it) => ranges.some((range) => contains(cidr(range), cidr(addresses[it]))));

interface DropletRule {
  readonly protocol: string;
  readonly portRange?: string;
  readonly sourceAddresses?: readonly string[];
  readonly sourceTags?: readonly string[];
}

/** On DigitalOcean each firewall holds the machines with its tag, and a machine may be behind several. */
function openingsOfDigitalOcean(graph: Graph): Opening[] {
  const tagged: Readonly<Record<Role, Sender>> = {
    "control-plane": "a control-plane machine",
    worker: "a worker",
  };
  const rolesOf = (tag: string) =>
    (Object.keys(tagged) as Role[]).filter((role) =>
      [`hardway-demo`, `hardway-demo-${role}`].includes(tag),
    );
  return graph.ofType("digitalocean:index/firewall:Firewall").flatMap(({ inputs }) => {
    const [tag = ""] = inputs["tags"] as string[];
    const rules = inputs["inboundRules"] as readonly DropletRule[];
    return rolesOf(tag).flatMap((role) =>
      rules.map(({ protocol, portRange = "", sourceAddresses = [], sourceTags = [] }) => ({
        role,
        port: `${protocol} ${portRange}`.trim(),
        senders: [
          ...sendersOf(sourceAddresses.filter((range) => !range.includes(":"))),
          ...sourceTags.flatMap(rolesOf).map((sender) => tagged[sender]),
        ],
      })),
    );
  });
}

interface LinodeRule {
  readonly label: string;
  readonly action: string;
  readonly protocol: string;
  readonly ports?: string;
  readonly ipv4s: readonly string[];
}

/** On Linode a machine is behind the one firewall of its role, which drops what no rule accepts. */
function openingsOfLinode(graph: Graph): Opening[] {
  return (["control-plane", "worker"] as const).flatMap((role) => {
    const { inputs } = graph.one("linode:index/firewall:Firewall", `firewall-${role}`);
    expect(inputs).toMatchObject({ inboundPolicy: "DROP", outboundPolicy: "ACCEPT" });
    return (inputs["inbounds"] as readonly LinodeRule[]).flatMap((rule) => {
      expect(rule.action).toBe("ACCEPT");
      expect(rule.label).toMatch(/^[a-z][a-z0-9-]{2,31}$/);
      const ranges = rule.ports?.split(",") ?? [""];
      return ranges.map((ports) => ({
        role,
        port: `${rule.protocol.toLowerCase()} ${ports}`.trim(),
        senders: sendersOf(rule.ipv4s),
      }));
    });
  });
}

const clouds = [
  { provider: "digitalocean", region: "fra1", openingsOf: openingsOfDigitalOcean },
  { provider: "linode", region: "nl-ams", openingsOf: openingsOfLinode },
] as const;

/** What each sender may reach of each role, e.g. `tcp 22`. */
function reach(openings: readonly Opening[], to: Role, from: Sender): string[] {
  const open = openings.filter(({ role, senders }) => role === to && senders.includes(from));
  return [...new Set(open.map(({ port }) => port))].sort();
}

/**
 * The port matrix: what may come in to whom, and nothing else may. Does not prove that a cloud does as it is told: the
 * lab sends packets from a machine outside of the cluster.
 */
describe.each(clouds)("the firewalls on $provider", ({ provider, region, openingsOf }) => {
  const graphOf = (values: Readonly<Record<string, unknown>> = {}) =>
    clusterGraph({ provider, region, clusterName: "demo", ...values });
  let openings: Opening[];
  beforeAll(async () => {
    openings = openingsOf(await graphOf());
  }, 30_000);

  it("have no rule for anybody else", () => {
    for (const { senders } of openings) expect(senders).not.toEqual([]);
  });

  const web = ["tcp 443", "tcp 80"];
  const services = ["tcp 30000-32767", "udp 30000-32767"];
  // metrics-server asks kubelets from a worker.
  const neighbours = ["icmp", "tcp 10250", ...web, ...services, "udp 8472"].sort();
  it.each<[to: Role, from: Sender, ports: string[]]>([
    ["control-plane", "anybody", []],
    ["control-plane", "an operator", ["tcp 22", "tcp 6443"]],
    ["control-plane", "a worker", ["icmp", "tcp 6443", "udp 8472"]],
    ["control-plane", "a control-plane machine", ["icmp", "tcp 2379-2380", "tcp 6443", "udp 8472"]],
    ["worker", "anybody", web],
    ["worker", "an operator", ["tcp 22", ...web].sort()],
    ["worker", "a worker", neighbours],
    ["worker", "a control-plane machine", neighbours],
  ])("let in to the %s from %s no more than %j", (to, from, ports) => {
    expect(reach(openings, to, from)).toEqual(ports);
  });

  it("are closed to the world where there is no ingress", { timeout: 30_000 }, async () => {
    const closed = openingsOf(await graphOf({ ingress: { enabled: false } }));
    expect(reach(closed, "worker", "anybody")).toEqual([]);
    expect(reach(closed, "control-plane", "anybody")).toEqual([]);
    expect(reach(closed, "worker", "an operator")).toEqual(["tcp 22"]);
  });

  it("let in what the stack's own rules say, and no more", { timeout: 30_000 }, async () => {
    const more = openingsOf(
      await graphOf({
        operatorCidrs: ["192.0.2.0/28"],
        firewall: {
          rules: [
            { ports: ["tcp/9100"], from: ["nodes"], to: "all" },
            { ports: ["tcp/10257", "tcp/10259"], from: ["nodes"], to: "controlPlane" },
            { ports: ["tcp/30080", "udp/30000-30100"], from: ["198.51.100.0/24"] },
            { ports: ["tcp/31000"], from: ["operators"], to: "workers" },
          ],
        },
      }),
    );
    const added = (to: Role, from: Sender) =>
      reach(more, to, from).filter((port) => !reach(openings, to, from).includes(port));
    const metrics = ["tcp 10257", "tcp 10259", "tcp 9100"];
    expect(added("control-plane", "a worker")).toEqual(metrics);
    expect(added("control-plane", "a control-plane machine")).toEqual(metrics);
    expect(added("control-plane", "anybody")).toEqual([]);
    expect(added("control-plane", "an operator")).toEqual([]);
    expect(added("worker", "a worker")).toEqual(["tcp 9100"]);
    expect(added("worker", "anybody")).toEqual(["tcp 30080", "udp 30000-30100"]);
    expect(added("worker", "an operator")).toEqual(["tcp 31000"]);
  });
});

describe("the docs", () => {
  const read = (name: string) =>
    readFileSync(join(import.meta.dirname, "..", "..", "docs", `${name}.md`), "utf8");
  const numbers = (text: string) => [...new Set(text.match(/\b\d{2,5}\b/g)?.map(Number))].sort();
  const ends = (all: readonly { readonly ports: Ports | null }[]) =>
    all.flatMap(({ ports }) => (ports === null ? [] : [ports.first, ports.last]));
  const rows = portMatrix(sampleSpec());

  it.each(["digitalocean", "linode", "existing"])("of %s name what is let in", (name) => {
    // The table that begins with who is reached.
    const table = /^\| to .*\n(?:\|.*\n)+/m.exec(read(name))?.[0] ?? "";
    const open = rows.filter(({ from }) => from.length > 0);
    expect(numbers(table)).toEqual([...new Set(ends(open))].sort());
  });

  it("of existing name what must be free besides", () => {
    const sentence = /these must be free, too: [^.]*\./.exec(read("existing"))?.[0] ?? "";
    const closed = rows.filter(({ from }) => from.length === 0);
    expect(numbers(sentence)).toEqual([...new Set(ends(closed))].sort());
  });
});
