import { describe, expect, test } from "vitest";
import { isDnsLabel, isDnsName } from "../../components/lib/dns-names.ts";
import { closest, suggestion } from "../../components/lib/suggest.ts";

describe("suggestions", () => {
  test.each([
    ["podCdr", ["podCidr", "nodeCidr"], "podCidr"],
    ["cuont", ["count", "size", "nodes"], "count"],
    ["s-1vcpu-1g", ["s-1vcpu-2gb", "s-1vcpu-1gb"], "s-1vcpu-1gb"],
    ["FRA1", ["fra1", "nyc1"], "fra1"],
    ["banana", ["count", "size", "nodes"], null],
    ["", ["count"], null],
  ])("for %j of %j: %j", (word, candidates, expected) => {
    expect(closest(word, candidates)).toBe(expected);
  });

  test("are the whole list when nothing is near", () => {
    expect(suggestion("fra", ["fra1"])).toBe('did you mean "fra1"?');
    expect(suggestion("mars", ["fra1", "nyc1"])).toBe("use one of fra1, nyc1");
  });
});

describe("names", () => {
  test.each(["a", "worker-1", "9", "a".repeat(63)])("%j is a DNS label", (text) => {
    expect(isDnsLabel(text)).toBe(true);
  });

  test.each(["", "-a", "a-", "A", "a.b", "a_b", "ä", "a".repeat(64), "a\n"])(
    "%j is no DNS label",
    (text) => {
      expect(isDnsLabel(text)).toBe(false);
    },
  );

  test("a DNS name is labels joined by dots, at most 253 characters", () => {
    expect(isDnsName("cluster.local")).toBe(true);
    expect(isDnsName("cluster.local.")).toBe(false);
    expect(isDnsName(`${"a.".repeat(126)}ab`)).toBe(false);
  });
});
