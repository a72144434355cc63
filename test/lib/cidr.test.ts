import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressCount,
  cidr,
  contains,
  formatCidr,
  formatIpv4,
  isPrivate,
  isUsable,
  nthAddress,
  overlaps,
  parseCidr,
  parseIpv4,
  prefixForSubnets,
  subnetCount,
  type Cidr,
} from "../../components/lib/cidr.ts";

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const range = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([first, prefix]) => {
  return cidr(`${formatIpv4(first)}/${prefix}`);
});
const last = (of: Cidr) => of.first + addressCount(of) - 1;

describe("addresses", () => {
  test("every address is read back as it was written", () => {
    fc.assert(fc.property(address, (a) => parseIpv4(formatIpv4(a)) === a));
  });

  test.each(["10.0.0.300", "10.0.0", "10.0.0.0.0", "010.0.0.1", "1.2.3.-4", "::1", "", "a.b.c.d"])(
    "%j is none",
    (text) => {
      expect(parseIpv4(text)).toBeNull();
    },
  );
});

describe("ranges", () => {
  test("every range is read back as it was written", () => {
    fc.assert(
      fc.property(range, (r) => {
        expect(parseCidr(formatCidr(r))).toEqual(r);
      }),
    );
  });

  test("a range holds the address it was named by", () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 32 }), (a, prefix) => {
        const r = cidr(`${formatIpv4(a)}/${prefix}`);
        return r.first <= a && a <= last(r) && r.first % addressCount(r) === 0;
      }),
    );
  });

  test.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0.0/08",
    "10.0.0.0/",
    "10.0.0/8",
    "/8",
    "10.0.0.0/-1",
  ])("%j is none", (text) => {
    expect(parseCidr(text)).toBeNull();
    expect(() => cidr(text)).toThrow(RangeError);
  });

  test("two ranges overlap when, and only when, one begins inside the other", () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const share = Math.max(a.first, b.first) <= Math.min(last(a), last(b));
        expect(overlaps(a, b)).toBe(share);
        expect(overlaps(b, a)).toBe(share);
      }),
    );
  });

  test("a range contains another when, and only when, it has its first and its last address", () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        expect(contains(a, b)).toBe(a.first <= b.first && last(b) <= last(a));
      }),
    );
  });

  test("the node ranges of a pod range fill it and never overlap", () => {
    const podRange = fc
      .tuple(address, fc.integer({ min: 16, max: 24 }))
      .map(([first, prefix]) => cidr(`${formatIpv4(first)}/${prefix}`));
    fc.assert(
      fc.property(podRange, fc.nat(), (pods, n) => {
        const count = subnetCount(pods, 24);
        const nth = (i: number): Cidr => ({ first: pods.first + i * 256, prefix: 24 });
        const [a, b] = [nth(n % count), nth((n + 1) % count)];
        expect(contains(pods, a)).toBe(true);
        if (count > 1) expect(overlaps(a, b)).toBe(false);
        expect(count * 256).toBe(addressCount(pods));
      }),
    );
  });

  test("the prefix for a number of ranges holds them, and one bit more does not", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), (count) => {
        const prefix = prefixForSubnets(count, 24);
        expect(subnetCount({ first: 0, prefix }, 24)).toBeGreaterThanOrEqual(count);
        expect(subnetCount({ first: 0, prefix: prefix + 1 }, 24)).toBeLessThan(count);
      }),
    );
  });

  test("numbered addresses lie in their range, and beyond it there is none", () => {
    expect(nthAddress(cidr("10.32.0.0/24"), 1)).toBe("10.32.0.1");
    expect(nthAddress(cidr("10.32.0.0/24"), 10)).toBe("10.32.0.10");
    expect(nthAddress(cidr("255.255.255.0/24"), 255)).toBe("255.255.255.255");
    expect(() => nthAddress(cidr("10.32.0.0/28"), 16)).toThrow("no address number 16");
  });

  test.each([
    ["10.0.0.0/8", true],
    ["10.255.0.0/16", true],
    ["172.16.0.0/12", true],
    ["172.32.0.0/16", false],
    ["192.168.1.0/24", true],
    ["192.0.0.0/8", false],
    ["0.0.0.0/0", false],
  ])("%s is private: %s", (text, expected) => {
    expect(isPrivate(cidr(text))).toBe(expected);
  });

  test.each([
    ["127.0.0.0/24", false],
    ["169.254.0.0/20", false],
    ["224.0.0.0/8", false],
    ["240.0.0.0/16", false],
    ["0.0.0.0/0", false],
    ["10.0.0.0/8", true],
    ["100.64.0.0/10", true],
  ])("%s is for hosts: %s", (text, expected) => {
    expect(isUsable(cidr(text))).toBe(expected);
  });
});
