import { describe, expect, it } from "vitest";
import { renderRuleset } from "../machines/firewall.ts";
import type { FlowRule, MachineNetwork } from "../machines/spec.ts";

const anywhere = ["0.0.0.0/0", "::/0"];
const ssh: FlowRule = { protocol: "tcp", ports: [22, 22], cidrs: anywhere };

function machine(id: string, changes: Partial<MachineNetwork> = {}): MachineNetwork {
  return {
    id,
    publicIp: "10.240.1.1",
    reservedIps: [],
    privateIp: null,
    vpcId: null,
    firewalled: false,
    inbound: [],
    outbound: [],
    ...changes,
  };
}

/** Statements of one chain, without the hook line. */
function chain(ruleset: string, name: string): string[] {
  const body = new RegExp(`chain ${name} \\{\\n([^}]*(?:\\{[^}]*\\}[^}]*)*?)\\n  \\}`).exec(
    ruleset,
  )?.[1];
  return (body ?? `no chain ${name}`)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("type "));
}

// Does not prove that nft accepts the text or that packets obey: see test/e2e.
describe("the ruleset of a lab", () => {
  it("replaces the table in the same transaction", () => {
    expect(renderRuleset({ machines: [] }).split("\n").slice(0, 3)).toEqual([
      "table inet hardway",
      "delete table inet hardway",
      "table inet hardway {",
    ]);
  });

  it("drops what no rule names, at every hook", () => {
    const hooks = renderRuleset({ machines: [] }).match(/type filter hook .*/g);
    expect(hooks).toHaveLength(4);
    for (const hook of hooks ?? []) expect(hook).toMatch(/policy drop;$/);
  });

  it("lets a machine send from its own addresses only, each on its own link", () => {
    const ruleset = renderRuleset({
      machines: [machine("m1", { privateIp: "10.10.0.2", vpcId: "v" })],
    });
    expect(ruleset).toContain('elements = { "m1-pub" . 10.240.1.1, "m1-vpc" . 10.10.0.2 };');
    expect(chain(ruleset, "spoofing")).toEqual([
      'iifname "lo" accept',
      "iifname . ip saddr @own_addresses accept",
    ]);
  });

  it("joins private links of one VPC, and never those of two", () => {
    const inVpc = (id: string, vpcId: string) => machine(id, { privateIp: "10.10.0.2", vpcId });
    const ruleset = renderRuleset({
      machines: [inVpc("m1", "a"), inVpc("m2", "b"), inVpc("m3", "a")],
    });
    expect(ruleset).toContain('set vpc_0 { type ifname; elements = { "m1-vpc", "m3-vpc" }; }');
    expect(ruleset).toContain('set vpc_1 { type ifname; elements = { "m2-vpc" }; }');
    expect(chain(ruleset, "forward")).toEqual([
      "ct state established,related accept",
      "iifname @public_links oifname @public_links goto firewall",
      "iifname @vpc_0 oifname @vpc_0 goto firewall",
      "iifname @vpc_1 oifname @vpc_1 goto firewall",
    ]);
  });

  it("lets the lab's side reach public links only, through the inbound rules", () => {
    expect(chain(renderRuleset({ machines: [machine("m1")] }), "output")).toEqual([
      "ct state established,related accept",
      "ct status dnat goto reserved",
      'oifname "lo" accept',
      "oifname @public_links goto inbound",
      "reject with icmp type net-unreachable",
    ]);
  });

  it("turns packets to a reserved address to its machine, and judges those of the lab by that one", () => {
    const ruleset = renderRuleset({
      machines: [
        machine("m1", { firewalled: true, reservedIps: ["10.240.240.1"] }),
        machine("m2", { publicIp: "10.240.1.2", reservedIps: ["10.240.240.2"] }),
      ],
    });
    for (const name of ["reserved_in", "reserved_out"]) {
      expect(chain(ruleset, name)).toEqual([
        "dnat ip to ip daddr map { 10.240.240.1 : 10.240.1.1, 10.240.240.2 : 10.240.1.2 }",
      ]);
    }
    expect(chain(ruleset, "output")).toContain("ct status dnat goto reserved");
    expect(chain(ruleset, "reserved")).toEqual([
      "ip daddr vmap { 10.240.1.1 : jump m1_in }",
      "accept",
    ]);
  });

  it("translates no addresses where none is reserved", () => {
    expect(renderRuleset({ machines: [machine("m1")] })).not.toContain("type nat");
  });

  it("opens the mirror's ports of the lab to machines, and not the cloud API's", () => {
    const input = chain(renderRuleset({ machines: [machine("m1")] }), "input").join("\n");
    expect(input).toContain("ip daddr 10.240.0.1 tcp dport { 8080, 5000, 14000, 53 } accept");
    expect(input).toContain("ip daddr 10.240.0.1 udp dport { 53 } accept");
    expect(input).not.toContain("8000");
  });

  it("sends both links of a firewalled machine through its rules, and others past them", () => {
    const ruleset = renderRuleset({
      machines: [
        machine("m1", { firewalled: true, privateIp: "10.10.0.2", vpcId: "v", inbound: [ssh] }),
        machine("m2"),
      ],
    });
    expect(chain(ruleset, "inbound")).toEqual([
      'oifname vmap { "m1-pub" : jump m1_in, "m1-vpc" : jump m1_in }',
      "accept",
    ]);
    expect(chain(ruleset, "firewall")).toEqual([
      'iifname vmap { "m1-pub" : jump m1_out, "m1-vpc" : jump m1_out }',
      "goto inbound",
    ]);
    expect(chain(ruleset, "m1_in")).toEqual(["tcp dport 22-22 return", "drop"]);
    expect(chain(ruleset, "m1_out")).toEqual(["drop"]);
  });

  it.each<[string, FlowRule, string[]]>([
    [
      "all ports",
      { protocol: "udp", ports: null, cidrs: ["10.0.0.0/8"] },
      ["ip saddr 10.0.0.0/8 meta l4proto udp return"],
    ],
    [
      "icmp",
      { protocol: "icmp", ports: null, cidrs: ["1.2.3.4"] },
      ["ip saddr 1.2.3.4 meta l4proto icmp return"],
    ],
    [
      "two ranges",
      { protocol: "tcp", ports: [1, 9], cidrs: ["10.1.0.0/16", "10.2.0.0/16"] },
      ["ip saddr 10.1.0.0/16 tcp dport 1-9 return", "ip saddr 10.2.0.0/16 tcp dport 1-9 return"],
    ],
    ["only IPv6", { protocol: "tcp", ports: [1, 9], cidrs: ["::/0"] }, []],
    ["nobody", { protocol: "tcp", ports: [1, 9], cidrs: [] }, []],
  ])("writes an inbound rule for %s", (_, rule, expected) => {
    const ruleset = renderRuleset({
      machines: [machine("m1", { firewalled: true, inbound: [rule] })],
    });
    expect(chain(ruleset, "m1_in")).toEqual([...expected, "drop"]);
  });

  it("matches an outbound rule by destination", () => {
    const outbound: FlowRule = { protocol: "tcp", ports: [443, 443], cidrs: ["10.9.0.0/16"] };
    const ruleset = renderRuleset({
      machines: [machine("m1", { firewalled: true, outbound: [outbound] })],
    });
    expect(chain(ruleset, "m1_out")).toEqual([
      "ip daddr 10.9.0.0/16 tcp dport 443-443 return",
      "drop",
    ]);
  });

  it.each([
    [
      "a range",
      { inbound: [{ ...ssh, cidrs: ["10.0.0.0/33"] }] },
      /not an IPv4 range, got "10.0.0.0\/33"/,
    ],
    [
      "text in a range",
      { inbound: [{ ...ssh, cidrs: ["0.0.0.0/0 accept; #"] }] },
      /not an IPv4 range/,
    ],
    [
      "a port",
      { inbound: [{ ...ssh, ports: [1, 65_536] as const }] },
      /not a range of ports, got 1-65536/,
    ],
    ["an address", { publicIp: "10.240.1" }, /not an IPv4 range, got "10.240.1"/],
    ["a reserved address", { reservedIps: ["10.240.240.1 }"] }, /not an IPv4 range/],
    ["an id", { id: 'x"; drop' }, /not a machine id/],
  ])("fails on %s that is none", (_, changes, message) => {
    expect(() =>
      renderRuleset({ machines: [machine("m1", { firewalled: true, ...changes })] }),
    ).toThrow(message);
  });
});
