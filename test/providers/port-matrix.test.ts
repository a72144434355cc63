import { beforeAll, describe, expect, it } from "vitest";
import { cidr, contains } from "../../components/lib/cidr.ts";
import { clusterGraph } from "../support/cluster.ts";
import type { Graph } from "../support/graph.ts";

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
    return (inputs["inbounds"] as readonly LinodeRule[]).map((rule) => {
      expect(rule.action).toBe("ACCEPT");
      expect(rule.label).toMatch(/^[a-z][a-z-]{2,31}$/);
      const port = `${rule.protocol.toLowerCase()} ${rule.ports ?? ""}`.trim();
      return { role, port, senders: sendersOf(rule.ipv4s) };
    });
  });
}

/**
 * The port matrix: what may come in to whom, and nothing else may. Does not prove that a cloud does as it is told: the
 * lab sends packets from a machine outside of the cluster.
 */
describe.each([
  { provider: "digitalocean", region: "fra1", openingsOf: openingsOfDigitalOcean },
  { provider: "linode", region: "nl-ams", openingsOf: openingsOfLinode },
])("the firewalls on $provider", ({ provider, region, openingsOf }) => {
  let openings: Opening[];
  beforeAll(async () => {
    openings = openingsOf(await clusterGraph({ provider, region, clusterName: "demo" }));
  }, 30_000);

  it("have no rule for anybody else", () => {
    for (const { senders } of openings) expect(senders).not.toEqual([]);
  });

  const web = ["tcp 443", "tcp 80"];
  it.each<[to: Role, from: Sender, ports: string[]]>([
    ["control-plane", "anybody", []],
    ["control-plane", "an operator", ["tcp 22", "tcp 6443"]],
    ["control-plane", "a worker", ["icmp", "tcp 6443", "udp 8472"]],
    ["control-plane", "a control-plane machine", ["icmp", "tcp 2379-2380", "tcp 6443", "udp 8472"]],
    ["worker", "anybody", web],
    ["worker", "an operator", ["tcp 22", ...web].sort()],
    // metrics-server asks kubelets from a worker.
    ["worker", "a worker", ["icmp", "tcp 10250", ...web, "udp 8472"]],
    ["worker", "a control-plane machine", ["icmp", "tcp 10250", ...web, "udp 8472"]],
  ])("let in to the %s from %s no more than %j", (to, from, ports) => {
    const open = openings.filter(({ role, senders }) => role === to && senders.includes(from));
    expect([...new Set(open.map(({ port }) => port))].sort()).toEqual(ports);
  });
});
