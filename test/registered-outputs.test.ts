import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, it, vi } from "vitest";
import { clusterGraph } from "./support/cluster.ts";
import type { Graph } from "./support/graph.ts";

type Outputs = Readonly<Record<string, unknown>>;
interface Component {
  readonly __name: string;
  registerOutputs(this: Component, outputs?: Outputs): void;
}

/** What each component of a cluster registered, by its name. */
const registered = new Map<string, Outputs>();
let graph: Graph;

beforeAll(async () => {
  const spy = vi.spyOn(
    pulumi.ComponentResource.prototype as unknown as Component,
    "registerOutputs",
  );
  graph = await clusterGraph();
  spy.mock.contexts.forEach(({ __name }, index) => {
    const [outputs = {}] = spy.mock.calls[index] ?? [];
    registered.set(__name, { ...registered.get(__name), ...outputs });
  });
  spy.mockRestore();
}, 60_000);

it("a component that registers nothing is finished by Pulumi's SDK", () => {
  const components = graph.resources.filter(({ type }) => type.startsWith("hardway:"));
  expect(components.length).toBeGreaterThan(10);
  for (const { name } of components) expect([...registered.keys()]).toContain(name);
});

it("no component keeps a secret in the state a second time", async () => {
  const secret: string[] = [];
  for (const [name, outputs] of registered) {
    const kept = pulumi.output(outputs);
    const text = await new Promise<string>((resolve) => {
      kept.apply((it) => {
        resolve(JSON.stringify(it));
      });
    });
    // The plugin, which is not here, says that keys are secret.
    if ((await pulumi.isSecret(kept)) || text.includes("PRIVATE KEY")) secret.push(name);
  }
  expect(secret).toEqual([]);
});
