import { beforeAll, describe, expect, it } from "vitest";
import { clusterGraph } from "../support/cluster.ts";
import { reveal, type Graph } from "../support/graph.ts";

/*
 * By what a cloud controller or a storage driver finds a Node's machine. Does not prove that one does: none can be had in
 * the lab.
 */
describe.each([
  ["digitalocean", { provider: "digitalocean", region: "fra1" }],
  ["linode", { provider: "linode", region: "nl-ams" }],
])("on %s", (cloud, values) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await clusterGraph(values);
  }, 60_000);

  it("every Node is known by its machine's id, the control plane's too", () => {
    const kubelet = graph.one("command:remote:Command", "worker-2-kubelet");
    expect(String(reveal(kubelet.inputs["stdin"]))).toContain(
      `\nproviderID: "${cloud}://worker-2-id"\n`,
    );
    const { inputs } = graph.one("kubernetes:core/v1:Node", "master-1");
    expect(inputs["spec"]).toMatchObject({ providerID: `${cloud}://master-1-id` });
  });

  it("a machine made anew does not change its Node's, which the API refuses", () => {
    const { opts } = graph.one("kubernetes:core/v1:Node", "master-1");
    expect(opts.ignoreChanges).toContain("spec.providerID");
  });
});
