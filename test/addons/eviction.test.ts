import { expect, test } from "vitest";
import { clusterGraph } from "../support/cluster.ts";
import type { Registered } from "../support/graph.ts";

interface Budget {
  readonly minAvailable?: number;
  readonly maxUnavailable?: number;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
}
interface Workload {
  readonly replicas: number;
  readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } };
}

const budgetOf = ({ inputs }: Registered) => inputs["spec"] as Budget;
const workloadOf = ({ inputs }: Registered) => inputs["spec"] as Workload;
const namespaceOf = ({ inputs }: Registered) =>
  (inputs["metadata"] as { namespace: string }).namespace;

/** How many pods of a workload the API server lets go at once while all of them are healthy. */
function allowed(replicas: number, { minAvailable, maxUnavailable }: Budget): number {
  if (minAvailable !== undefined) return Math.max(0, replicas - minAvailable);
  return Math.min(replicas, maxUnavailable ?? replicas);
}

test.each([1, 2, 3, 5])(
  "with %i workers a pod of every workload may be evicted, so that a worker can be drained",
  async (count) => {
    const graph = await clusterGraph({
      workers: { count },
      acme: { email: "ops@hardway.dev" },
      demo: { host: "demo.hardway.dev" },
    });
    const budgets = graph.ofType("kubernetes:policy/v1:PodDisruptionBudget");
    const workloads = graph.ofType("kubernetes:apps/v1:Deployment");
    expect(budgets.map(({ name }) => name).sort()).toEqual(["coredns", "demo"]);
    for (const budget of budgets) {
      const { selector, ...limits } = budgetOf(budget);
      const [guarded, ...others] = workloads.filter((workload) => {
        const { labels } = workloadOf(workload).template.metadata;
        const isSelected = Object.entries(selector.matchLabels).every(
          ([key, value]) => labels[key] === value,
        );
        return isSelected && namespaceOf(workload) === namespaceOf(budget);
      });
      expect(others).toEqual([]);
      if (guarded === undefined) throw new Error(`${budget.name} guards nothing`);
      const { replicas } = workloadOf(guarded);
      expect(replicas).toBe(Math.min(2, count));
      expect(allowed(replicas, { selector, ...limits })).toBe(1);
    }
  },
);
