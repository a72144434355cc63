import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { Cluster } from "../../components/cluster.ts";
import { graphOf, isSecret, reveal, type Graph } from "../support/graph.ts";
import { sampleCrds, sampleSpec } from "../support/sample.ts";

const build =
  (values: Readonly<Record<string, unknown>> = {}, token?: string) =>
  () => {
    new Cluster("test", {
      spec: sampleSpec({ provider: "linode", region: "nl-ams", clusterName: "demo", ...values }),
      manifests: { "cert-manager-crds": sampleCrds },
      cloudToken: token === undefined ? undefined : pulumi.secret(token),
      loginKey: undefined,
    });
  };
const type = (name: string) => {
  const module = name.charAt(0).toLowerCase() + name.slice(1);
  return `linode:index/${module}:${name}`;
};
const ofLinode = (graph: Graph) =>
  graph.resources
    .filter(({ type: kind }) => kind.startsWith("linode:") || kind === "pulumi:providers:linode")
    .map(({ type: kind, name }) => `${kind} ${name}`)
    .sort();

describe("a cluster on Linode", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphOf(build({}, "a-token"));
  }, 30_000);

  it("is made of these things and no others", () => {
    expect(ofLinode(graph)).toEqual([
      `${type("Firewall")} firewall-control-plane`,
      `${type("Firewall")} firewall-worker`,
      `${type("FirewallDevice")} master-1-firewall`,
      `${type("FirewallDevice")} worker-1-firewall`,
      `${type("FirewallDevice")} worker-2-firewall`,
      `${type("Instance")} master-1`,
      `${type("Instance")} worker-1`,
      `${type("Instance")} worker-2`,
      `${type("Vpc")} vpc`,
      `${type("VpcSubnet")} subnet`,
      "pulumi:providers:linode cloud",
    ]);
  });

  it("sends the token as a secret, and the real address of the API is the plugin's own", () => {
    const { inputs } = graph.one("pulumi:providers:linode", "cloud");
    expect(isSecret(inputs["token"])).toBe(true);
    expect(inputs["url"]).toBeUndefined();
  });

  it("gives each machine one public and one fixed private address", () => {
    for (const [name, address] of [
      ["master-1", "10.10.0.11"],
      ["worker-1", "10.10.0.21"],
      ["worker-2", "10.10.0.22"],
    ] as const) {
      expect(graph.one(type("Instance"), name).inputs).toMatchObject({
        label: `hardway-demo-${name}`,
        region: "nl-ams",
        type: "g6-nanode-1",
        image: "linode/debian12",
        tags: ["hardway-demo", `hardway-demo-${name.startsWith("m") ? "control-plane" : "worker"}`],
        interfaces: [
          { purpose: "public", primary: true },
          { purpose: "vpc", ipv4: { vpc: address } },
        ],
      });
    }
  });

  it("keeps the host's private key secret in the user data, which is base64", () => {
    for (const { inputs } of graph.ofType(type("Instance"))) {
      const [metadata] = reveal(inputs["metadatas"]) as [{ userData: unknown }];
      expect(isSecret(inputs["metadatas"]) || isSecret(metadata.userData)).toBe(true);
      const text = Buffer.from(reveal(metadata.userData) as string, "base64").toString();
      expect(text).toMatch(/^#cloud-config\n/);
    }
  });
});
