import { describe, expect, it } from "vitest";
import type { ClusterSpec } from "../../components/spec.ts";
import { graphOfSpec } from "../support/cluster.ts";
import { reveal } from "../support/graph.ts";
import { withMasters } from "../support/masters.ts";

interface Kubeconfig {
  readonly "current-context": string;
  readonly clusters: readonly { name: string; cluster: { server: string } }[];
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
}

/** Context → server, the current one first. */
async function waysTo(spec: ClusterSpec): Promise<readonly (readonly [string, string])[]> {
  const graph = await graphOfSpec(spec);
  const provider = graph.one("pulumi:providers:kubernetes", "kubernetes");
  const config = JSON.parse(reveal(provider.inputs["kubeconfig"]) as string) as Kubeconfig;
  expect(config.contexts[0]?.name).toBe(config["current-context"]);
  return config.contexts.map(({ name, context }) => {
    const found = config.clusters.find((cluster) => cluster.name === context.cluster);
    return [name, found?.cluster.server ?? ""];
  });
}

describe("the kubeconfig of the operator and of the program", { timeout: 60_000 }, () => {
  const three = withMasters("master-1", "master-2", "master-3");

  it("has one context with one control-plane machine", async () => {
    expect(await waysTo(withMasters("master-1"))).toEqual([["test", "https://203.0.113.11:6443"]]);
  });

  it("has one context per machine with several, the first one's named like the cluster", async () => {
    expect(await waysTo(three)).toEqual([
      ["test", "https://203.0.113.11:6443"],
      ["test-master-2", "https://203.0.113.12:6443"],
      ["test-master-3", "https://203.0.113.13:6443"],
    ]);
  });

  it("leads to the machine that the stack names, so that an update gets past a first one that is down", async () => {
    expect(await waysTo({ ...three, apiMaster: "master-2" })).toEqual([
      ["test", "https://203.0.113.12:6443"],
      ["test-master-1", "https://203.0.113.11:6443"],
      ["test-master-3", "https://203.0.113.13:6443"],
    ]);
  });

  it("has the name alone with a domain, and the machine that the stack names before it", async () => {
    const names = {
      domain: "example.com",
      api: "api.test.example.com",
      ingress: "ingress.test.example.com",
    };
    const named = { ...three, names };
    expect(await waysTo(named)).toEqual([["test", "https://api.test.example.com:6443"]]);
    const [current] = await waysTo({ ...named, apiMaster: "master-3" });
    expect(current).toEqual(["test", "https://203.0.113.13:6443"]);
  });
});
