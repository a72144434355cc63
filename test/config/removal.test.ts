import { expect, it } from "vitest";
import { Problems } from "../../components/config/problems.ts";
import { checkRemoval } from "../../components/config/removal.ts";

const existing = new Set([
  "master-1-node-removal",
  "master-2-etcd",
  "worker-1-drain",
  "worker-2-drain",
]);

function refusals(...wanted: string[]): string | null {
  const problems = new Problems();
  checkRemoval(existing, new Set(wanted), problems);
  try {
    problems.throwIfAny("dev");
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

it("a worker does not go together with the control-plane machine that drains it", () => {
  expect(refusals("master-2", "worker-1")).toContain(
    "controlPlane: master-1 cannot go in the same run as worker-2, which it drains before; " +
      "take one of them out now, and the other in a later run",
  );
});

it("either goes alone, and a worker with another machine of the control plane", () => {
  expect(refusals("master-2", "worker-1", "worker-2")).toBeNull();
  expect(refusals("master-1", "worker-1")).toBeNull();
});
