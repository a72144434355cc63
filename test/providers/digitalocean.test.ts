import type { Resource } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { clusterGraph, madeIn } from "../support/cluster.ts";
import { isSecret, reveal, type Graph } from "../support/graph.ts";

const kinds = {
  droplet: "digitalocean:index/droplet:Droplet",
  firewall: "digitalocean:index/firewall:Firewall",
  reservedIp: "digitalocean:index/reservedIp:ReservedIp",
  assignment: "digitalocean:index/reservedIpAssignment:ReservedIpAssignment",
};
const values = { clusterName: "demo" };
const nameOf = (resource: unknown) => (resource as { __name?: string } | undefined)?.__name;

describe("a cluster on DigitalOcean", { timeout: 30_000 }, () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await clusterGraph(values);
  }, 30_000);

  it("is made of these things and no others", () => {
    expect(madeIn(graph, "digitalocean")).toEqual([
      "Droplet master-1",
      "Droplet worker-1",
      "Droplet worker-2",
      "Firewall firewall-control-plane",
      "Firewall firewall-nodes",
      "Firewall firewall-workers",
      "SshKey login",
      "Tag tag",
      "Tag tag-control-plane",
      "Tag tag-worker",
      "Vpc vpc",
      "digitalocean cloud",
    ]);
  });

  it("asks for small machines in the VPC, with their tags and nothing that costs extra", () => {
    const { inputs } = graph.one(kinds.droplet, "worker-1");
    expect(inputs).toMatchObject({
      name: "worker-1",
      region: "fra1",
      size: "s-1vcpu-1gb",
      image: "debian-12-x64",
      vpcUuid: "vpc-id",
      sshKeys: ["3b:16:e4:bf"],
      tags: ["hardway-demo", "hardway-demo-worker"],
      monitoring: false,
      ipv6: false,
    });
    expect(inputs).not.toHaveProperty("backups");
  });

  it("changes a size in place, and so that it can be taken back", () => {
    for (const { inputs } of graph.ofType(kinds.droplet)) expect(inputs["resizeDisk"]).toBe(false);
  });

  it("protects what holds etcd's data, and only that", () => {
    const isProtected = graph.ofType(kinds.droplet).map(({ name, opts }) => [name, opts.protect]);
    expect(isProtected).toEqual([
      ["master-1", true],
      ["worker-1", false],
      ["worker-2", false],
    ]);
  });

  it("sends the token as a secret", () => {
    const { inputs } = graph.one("pulumi:providers:digitalocean", "cloud");
    expect(isSecret(inputs["token"])).toBe(true);
    expect(reveal(inputs["token"])).toBe("a-token");
  });

  it("has every machine behind its firewalls from its first packet to its last", () => {
    for (const { opts } of graph.ofType(kinds.droplet)) {
      const before = (opts.dependsOn as Resource[]).map(nameOf);
      expect(before).toEqual(["firewall-nodes", "firewall-control-plane", "firewall-workers"]);
    }
  });
});

describe("reserved addresses on DigitalOcean", { timeout: 30_000 }, () => {
  const sans = (graph: Graph) =>
    graph.one("tls:index/certRequest:CertRequest", "master-1-apiserver").inputs["ipAddresses"];
  const server = (graph: Graph) => {
    const provider = graph.one("pulumi:providers:kubernetes", "kubernetes");
    return /https:[^"\s]+/.exec(reveal(provider.inputs["kubeconfig"]) as string)?.[0];
  };

  it("are not made unless asked for", async () => {
    const graph = await clusterGraph(values);
    expect(graph.ofType(kinds.reservedIp)).toEqual([]);
    expect(server(graph)).toBe("https://203.0.113.11:6443");
  });

  it("lead to the first machine of each role, and the API's is in kubeconfig and certificate", async () => {
    const graph = await clusterGraph({ ...values, reservedIps: { api: true, ingress: true } });
    expect(graph.ofType(kinds.reservedIp).map(({ name, inputs }) => [name, inputs])).toEqual([
      ["api-address", { region: "fra1" }],
      ["ingress-address", { region: "fra1" }],
    ]);
    expect(graph.ofType(kinds.assignment).map(({ inputs }) => inputs["ipAddress"])).toEqual([
      "198.51.100.1",
      "198.51.100.2",
    ]);
    expect(server(graph)).toBe("https://198.51.100.1:6443");
    // The machine's own stays good, for who knows it.
    expect(sans(graph)).toEqual(expect.arrayContaining(["198.51.100.1", "203.0.113.11"]));
    // SSH goes to the machine itself, whatever the reserved address leads to.
    const step = graph.one("command:remote:Command", "master-1-scripts");
    expect(reveal(step.inputs["connection"])).toMatchObject({ host: "203.0.113.11" });
  });

  it("are let go only after their machine, and never taken from one that is gone", async () => {
    const graph = await clusterGraph({ ...values, reservedIps: { api: true } });
    const assignment = graph.one(kinds.assignment, "api-address-assignment");
    expect(nameOf(assignment.opts.deletedWith)).toBe("master-1");
    const { opts } = graph.one(kinds.droplet, "master-1");
    expect((opts.dependsOn as Resource[]).map(nameOf)).toContain("api-address");
  });
});
