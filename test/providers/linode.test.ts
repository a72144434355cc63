import type { Resource } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { clusterGraph, madeIn } from "../support/cluster.ts";
import { isSecret, reveal, type Graph } from "../support/graph.ts";

const kinds = {
  device: "linode:index/firewallDevice:FirewallDevice",
  firewall: "linode:index/firewall:Firewall",
  instance: "linode:index/instance:Instance",
  subnet: "linode:index/vpcSubnet:VpcSubnet",
  vpc: "linode:index/vpc:Vpc",
};
const values = { provider: "linode", region: "nl-ams", clusterName: "demo" };
const userDataOf = (inputs: Readonly<Record<string, unknown>>) => {
  const [metadata] = reveal(inputs["metadatas"]) as [{ userData: string }];
  return Buffer.from(metadata.userData, "base64").toString();
};
const nameOf = (resource: unknown) => (resource as { __name?: string } | undefined)?.__name;

describe("a cluster on Linode", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await clusterGraph(values);
  }, 30_000);

  it("is made of these things and no others", () => {
    expect(madeIn(graph, "linode")).toEqual([
      "Firewall firewall-control-plane",
      "Firewall firewall-worker",
      "FirewallDevice master-1-firewall",
      "FirewallDevice worker-1-firewall",
      "FirewallDevice worker-2-firewall",
      "Instance master-1",
      "Instance worker-1",
      "Instance worker-2",
      "Vpc vpc",
      "VpcSubnet subnet",
      "linode cloud",
    ]);
  });

  it("puts all of it under the cluster, through one provider of its own", () => {
    for (const kind of Object.values(kinds)) {
      for (const { opts } of graph.ofType(kind)) {
        expect(nameOf(opts.parent)).toBe("cloud");
        expect(nameOf(opts.provider)).toBe("cloud");
      }
    }
  });

  it("sends the token as a secret, and the API's address is the plugin's own", () => {
    const { inputs } = graph.one("pulumi:providers:linode", "cloud");
    expect(isSecret(inputs["token"])).toBe(true);
    expect(inputs["url"]).toBeUndefined();
  });

  it.each([
    ["master-1", "control-plane", "10.10.0.11"],
    ["worker-1", "worker", "10.10.0.21"],
    ["worker-2", "worker", "10.10.0.22"],
  ])("gives %s a public and a fixed private address", (name, role, vpc) => {
    expect(graph.one(kinds.instance, name).inputs).toMatchObject({
      label: `hardway-demo-${name}`,
      region: "nl-ams",
      type: "g6-nanode-1",
      image: "linode/debian12",
      tags: ["hardway-demo", `hardway-demo-${role}`],
      interfaces: [
        { purpose: "public", primary: true },
        { purpose: "vpc", ipv4: { vpc } },
      ],
    });
  });

  it("puts the nodes' range into the VPC", () => {
    expect(graph.one(kinds.vpc, "vpc").inputs).toEqual({ label: "hardway-demo", region: "nl-ams" });
    const { inputs } = graph.one(kinds.subnet, "subnet");
    expect(inputs).toMatchObject({ label: "nodes", ipv4: "10.10.0.0/20" });
  });

  it("keeps the host's private key secret in the user data, which is base64", () => {
    for (const { inputs } of graph.ofType(kinds.instance)) {
      expect(isSecret(inputs["metadatas"])).toBe(true);
      expect(userDataOf(inputs)).toMatch(/^#cloud-config\n[^]*PRIVATE KEY/);
    }
  });

  it("leaves the root password to the plugin, which tells it to nobody", () => {
    for (const { inputs } of graph.ofType(kinds.instance)) {
      expect(inputs).not.toHaveProperty("rootPass");
    }
  });

  it("never replaces a live machine for a new image, key or user data", () => {
    for (const { opts } of graph.ofType(kinds.instance)) {
      expect(opts.ignoreChanges).toEqual(["image", "authorizedKeys", "metadatas"]);
    }
  });

  it("has every machine running, after a change of its size too", () => {
    for (const { inputs } of graph.ofType(kinds.instance)) expect(inputs["booted"]).toBe(true);
  });

  it("protects what holds etcd's data, and only that", () => {
    const isProtected = graph.ofType(kinds.instance).map(({ name, opts }) => [name, opts.protect]);
    expect(isProtected).toEqual([
      ["master-1", true],
      ["worker-1", false],
      ["worker-2", false],
    ]);
  });

  it("installs nothing on a machine before it is behind its firewall", () => {
    for (const name of ["master-1", "worker-1", "worker-2"]) {
      const { opts } = graph.one("command:remote:Command", `${name}-scripts`);
      expect((opts.dependsOn as Resource[]).map(nameOf)).toEqual([`${name}-firewall`]);
    }
  });

  it("attaches each machine to the firewall of its role, for as long as it lives", () => {
    for (const { name, opts, inputs } of graph.ofType(kinds.device)) {
      expect(nameOf(opts.deletedWith)).toBe(name.replace(/-firewall$/, ""));
      expect(inputs["entityType"]).toBe("linode");
    }
  });

  it("lets a firewall go only after the machines behind it", () => {
    for (const { opts } of graph.ofType(kinds.instance)) {
      const before = (opts.dependsOn as Resource[]).map(nameOf);
      expect(before).toEqual(["firewall-control-plane", "firewall-worker"]);
    }
  });

  it("sends SSH to the public address and etcd to the private one", () => {
    const { inputs } = graph.one("command:remote:Command", "master-1-etcd");
    expect(reveal(inputs["connection"])).toMatchObject({ host: "203.0.113.11", user: "root" });
    expect(JSON.stringify(reveal(inputs["stdin"]))).toContain("PRIVATE_IP=10.10.0.11");
  });

  it("does not take a private address that was added by hand for the public one", () => {
    const { inputs } = graph.one("tls:index/certRequest:CertRequest", "master-1-apiserver");
    expect(inputs["ipAddresses"]).toContain("203.0.113.11");
    expect(inputs["ipAddresses"]).not.toContain("192.168.133.7");
  });
});

describe("a cluster of a long name on Linode", () => {
  const clusterName = `${"a".repeat(33)}--${"b".repeat(5)}`;
  let graph: Graph;
  beforeAll(async () => {
    graph = await clusterGraph({
      ...values,
      clusterName,
      workers: { nodes: [{ name: `w-${"c".repeat(50)}` }, { name: `w-${"c".repeat(49)}d` }] },
    });
  }, 30_000);

  it("has labels that Linode takes, no two of them alike", () => {
    const limits = { firewall: 32, instance: 50, vpc: 64 };
    for (const [kind, limit] of Object.entries(limits)) {
      const labels = graph
        .ofType(kinds[kind as keyof typeof limits])
        .map(({ inputs }) => inputs["label"] as string);
      expect(new Set(labels).size).toBe(labels.length);
      for (const label of labels) {
        expect(label).toMatch(/^hardway-a/);
        expect(label).not.toMatch(/--|-$/);
        expect(label.length).toBeLessThanOrEqual(limit);
      }
    }
  });

  it("has tags that Linode takes, the cluster's own on everything that can have one", () => {
    const tagged = [...graph.ofType(kinds.instance), ...graph.ofType(kinds.firewall)];
    const clusterTags = new Set(tagged.map(({ inputs }) => (inputs["tags"] as string[])[0]));
    expect(clusterTags.size).toBe(1);
    for (const { inputs } of tagged) {
      for (const tag of inputs["tags"] as string[]) expect(tag.length).toBeLessThanOrEqual(50);
    }
  });

  it("keeps the node's name inside the machine", () => {
    for (const { name, inputs } of graph.ofType(kinds.instance)) {
      expect(userDataOf(inputs)).toContain(`hostname: ${name}\n`);
    }
  });
});
