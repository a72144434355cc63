import { describe, expect, it } from "vitest";
import {
  contains,
  formatRange,
  lowestFree,
  netmaskOf,
  overlap,
  parseAddress,
  parseRange,
  type Range,
} from "../cloud/addresses.ts";

const range = (text: string): Range => parseRange(text) ?? { base: 0, prefix: 0 };

describe("addresses", () => {
  it("are read only when they are four numbers up to 255", () => {
    expect(parseAddress("10.240.1.2")).toBe(0x0af00102);
    for (const text of ["10.0.0.256", "10.0.0", "a.b.c.d", "10.0.0.1/32", ""]) {
      expect(parseAddress(text)).toBeNull();
    }
  });

  it("ranges are read only with a prefix up to 32", () => {
    expect(formatRange(range("10.10.3.7/20"))).toBe("10.10.0.0/20");
    for (const text of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::/0"]) {
      expect(parseRange(text)).toBeNull();
    }
  });

  it("netmasks have as many ones as the prefix says", () => {
    expect(netmaskOf(range("10.10.0.0/20"))).toBe("255.255.240.0");
    expect(netmaskOf(range("10.10.0.0/28"))).toBe("255.255.255.240");
  });

  it("ranges overlap when they share an address", () => {
    expect(overlap(range("10.10.0.0/20"), range("10.10.15.0/24"))).toBe(true);
    expect(overlap(range("10.10.0.0/20"), range("10.10.16.0/20"))).toBe(false);
    expect(contains(range("10.0.0.0/8"), range("10.10.0.0/20"))).toBe(true);
    expect(contains(range("10.10.0.0/20"), range("10.0.0.0/8"))).toBe(false);
  });

  it("the lowest free one is given, never the broadcast address", () => {
    const net = range("192.168.0.0/30");
    expect(lowestFree(net, 1, [])).toBe("192.168.0.1");
    expect(lowestFree(net, 1, ["192.168.0.1"])).toBe("192.168.0.2");
    expect(lowestFree(net, 1, ["192.168.0.1", "192.168.0.2"])).toBeNull();
  });
});
