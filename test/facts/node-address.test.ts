import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cidr } from "../../components/lib/cidr.ts";
import { freeAddress, isForNode, nodeAddress } from "../../components/facts/node-address.ts";

const range = cidr("10.10.0.0/20");

describe("a node's address", () => {
  it.each([
    ["master-1", "10.10.0.11"],
    ["master-5", "10.10.0.15"],
    ["worker-1", "10.10.0.21"],
    ["worker-250", "10.10.1.14"],
  ])("%s has %s, wherever else it is named", (name, address) => {
    expect(nodeAddress(range, name)).toBe(address);
  });

  it("of any other name is one of the upper half, the same every time", () => {
    const names = ["big-1", "master-10", "worker-0", "worker-01", "worker", "a-worker-1"];
    const addresses = names.map((name) => nodeAddress(range, name));
    expect(addresses).toEqual(names.map((name) => nodeAddress(range, name)));
    for (const address of addresses) expect(address).toMatch(/^10\.10\.([89]|1[0-5])\./);
  });

  it("is never one that the subnet keeps for itself", () => {
    const prefixes = fc.integer({ min: 16, max: 28 });
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 63 }), prefixes, (name, prefix) => {
        const subnet = { ...range, prefix };
        const address = nodeAddress(subnet, name);
        return address !== null && isForNode(subnet, address);
      }),
    );
  });

  it("is none where the range is too small for its number", () => {
    expect(nodeAddress(cidr("10.10.0.0/28"), "worker-1")).toBeNull();
    expect(nodeAddress(cidr("10.10.0.0/24"), "worker-234")).toBeNull();
    expect(nodeAddress(cidr("10.10.0.0/24"), "worker-233")).toBe("10.10.0.253");
  });
});

describe("an address for a node", () => {
  it.each(["10.10.0.0", "10.10.0.1", "10.10.15.254", "10.10.15.255", "10.10.16.5", "x"])(
    "is not %s",
    (address) => {
      expect(isForNode(range, address)).toBe(false);
    },
  );

  it("is found after a taken one, around the end of the range", () => {
    expect(freeAddress(range, "10.10.0.21", new Set(["10.10.0.22"]))).toBe("10.10.0.23");
    expect(freeAddress(range, "10.10.15.253", new Set())).toBe("10.10.0.2");
  });

  it("is none when all are taken", () => {
    const small = cidr("10.10.0.0/29");
    const all = new Set([2, 3, 4, 5].map((n) => `10.10.0.${n}`));
    expect(freeAddress(small, "10.10.0.2", all)).toBeNull();
  });
});
