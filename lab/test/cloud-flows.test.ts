import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contains, formatRange, knownRange } from "../cloud/addresses.ts";
import { allowedFlows, allPorts, type Flow, type JudgedFlow } from "../cloud/flows.ts";

const rule = (
  verdict: JudgedFlow["verdict"],
  protocol: Flow["protocol"],
  range: string,
  ports: Flow["ports"] = allPorts,
): JudgedFlow => ({ verdict, protocol, range: knownRange(range), ports });

const texts = (flows: readonly Flow[]) =>
  flows.map(({ protocol, ports, range }) => `${protocol} ${ports.join("-")} ${formatRange(range)}`);

// few ports and addresses, so that rules meet often
const someRule = fc.record({
  verdict: fc.constantFrom("accept" as const, "drop" as const),
  protocol: fc.constantFrom("tcp" as const, "udp" as const),
  ports: fc
    .tuple(fc.nat(7), fc.nat(7))
    .map(([first, length]): Flow["ports"] => [first, first + length]),
  range: fc
    .tuple(fc.nat(7), fc.integer({ min: 29, max: 32 }))
    .map(([base, prefix]) => ({ base, prefix })),
});
const somePacket = fc.record({
  protocol: fc.constantFrom("tcp" as const, "udp" as const),
  port: fc.nat(15),
  address: fc.nat(8),
});

describe("the flows that rules let through", () => {
  it("leave out what an earlier rule drops, and nothing else", () => {
    const rules = [
      rule("drop", "tcp", "10.0.0.0/9", [22, 22]),
      rule("accept", "tcp", "10.0.0.0/8", [20, 30]),
      rule("drop", "tcp", "10.0.0.0/8"),
    ];
    expect(texts(allowedFlows(rules, "drop"))).toEqual([
      "tcp 20-30 10.128.0.0/9",
      "tcp 20-21 10.0.0.0/9",
      "tcp 23-30 10.0.0.0/9",
    ]);
  });

  it("are all but the dropped ones when nothing else is said", () => {
    expect(texts(allowedFlows([], "drop"))).toEqual([]);
    expect(texts(allowedFlows([rule("drop", "udp", "0.0.0.0/0")], "accept"))).toEqual([
      "tcp 0-65535 0.0.0.0/0",
      "icmp 0-65535 0.0.0.0/0",
    ]);
  });

  it("hold exactly the packets whose first rule that fits accepts them", () => {
    fc.assert(
      fc.property(
        fc.array(someRule, { maxLength: 6 }),
        fc.constantFrom("accept" as const, "drop" as const),
        somePacket,
        (rules, otherwise, { protocol, port, address }) => {
          const holds = (flow: Flow): boolean =>
            flow.protocol === protocol &&
            flow.ports[0] <= port &&
            port <= flow.ports[1] &&
            contains(flow.range, { base: address, prefix: 32 });
          const verdict = rules.find(holds)?.verdict ?? otherwise;
          expect(allowedFlows(rules, otherwise).some(holds)).toBe(verdict === "accept");
        },
      ),
      { numRuns: 500 },
    );
  });
});
