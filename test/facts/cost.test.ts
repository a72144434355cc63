import { expect, test } from "vitest";
import { monthlyCost, monthlyCostUsd } from "../../components/facts/cost.ts";
import { configOf, minimal } from "../support/stack.ts";

test("the cluster of the defaults costs $18 a month, $6 per machine", () => {
  const { spec } = configOf(minimal);
  expect(monthlyCost(spec)).toEqual({
    totalUsd: 18,
    parts: ["master-1", "worker-1", "worker-2"].map((name) => ({
      name,
      size: "s-1vcpu-1gb",
      monthlyUsd: 6,
    })),
  });
});

test("a machine of unknown price counts as nothing, and cents add up exactly", () => {
  const node = (name: string, monthlyUsd: number | null) => ({
    name,
    size: { slug: "x", monthlyUsd },
  });
  const group = (...nodes: ReturnType<typeof node>[]) => ({ nodes });
  const spec = {
    controlPlane: group(node("a", 0.1)),
    workers: group(node("b", 0.2), node("c", null)),
  };
  expect(monthlyCostUsd(spec)).toBe(0.3);
});
