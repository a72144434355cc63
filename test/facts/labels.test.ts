import fc from "fast-check";
import { expect, test } from "vitest";
import { cloudLabel, linodeLimits } from "../../components/facts/labels.ts";

test("a name that a cloud takes stays as it is", () => {
  expect(cloudLabel("hardway-demo-control-plane", 32)).toBe("hardway-demo-control-plane");
});

test("a long name is cut and ends in a hash of the whole", () => {
  const long = `hardway-${"a".repeat(40)}`;
  expect(cloudLabel(`${long}-worker`, 32)).toMatch(/^hardway-a{15}-[0-9a-f]{8}$/);
  expect(cloudLabel(`${long}-worker`, 32)).not.toBe(cloudLabel(`${long}-control-plane`, 32));
});

test("two dashes in a row, which Linode refuses, become one, and the label is still its own", () => {
  expect(cloudLabel("hardway-a--b", 32)).toMatch(/^hardway-a-b-[0-9a-f]{8}$/);
  expect(cloudLabel("hardway-a-b", 32)).toBe("hardway-a-b");
});

test("every label is one that Linode takes", () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  fc.assert(
    fc.property(name, fc.constantFrom(...Object.values(linodeLimits)), (tail, limit) => {
      const label = cloudLabel(`hardway-${tail}`, limit);
      expect(label.length).toBeLessThanOrEqual(limit);
      expect(label).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }),
  );
});
