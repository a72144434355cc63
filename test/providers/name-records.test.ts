import { describe, expect, it } from "vitest";
import type { NameQuestion, NameServers } from "../../components/providers/name-servers.ts";
import { zoneOf } from "../../components/providers/name-records.ts";
import type { ClusterSpec } from "../../components/spec.ts";
import { graphOfSpec } from "../support/cluster.ts";
import { reveal, type Graph } from "../support/graph.ts";
import { sampleSpec } from "../support/sample.ts";

const acme = { email: "ops@your.domain" };
const record = {
  digitalocean: "digitalocean:index/dnsRecord:DnsRecord",
  linode: "linode:index/domainRecord:DomainRecord",
} as const;

const specWith = (count: number, values: object): ClusterSpec =>
  sampleSpec({ clusterName: "prod", domain: "example.com", controlPlane: { count }, ...values });

/** A DNS that notes what it is asked; every answer is what one hopes for. */
function noting(): NameServers & { readonly asked: NameQuestion[]; readonly zones: string[] } {
  const asked: NameQuestion[] = [];
  const zones: string[] = [];
  return {
    asked,
    zones,
    checkDelegation: (domain) => {
      zones.push(domain);
      return Promise.resolve();
    },
    awaitServed: (question) => {
      asked.push(question);
      return Promise.resolve();
    },
    addressesOf: () => Promise.resolve([]),
  };
}

const serverOf = (graph: Graph): string =>
  /"server": "(.*)"/.exec(
    reveal(graph.one("pulumi:providers:kubernetes", "kubernetes").inputs["kubeconfig"]) as string,
  )?.[1] ?? "";

describe.each(["digitalocean", "linode"] as const)("names on %s", { timeout: 60_000 }, (cloud) => {
  const region = { digitalocean: "fra1", linode: "nl-ams" }[cloud];
  const values = { provider: cloud, region, acme };
  const recordsIn = (graph: Graph) =>
    Object.fromEntries(
      graph
        .ofType(record[cloud])
        .map(({ name, inputs: { type, recordType, ...rest } }) => [
          name,
          [type ?? recordType, rest["name"], rest["value"] ?? rest["target"]].join(" "),
        ]),
    );
  const build = (count: number, more: object = {}, dns = noting(), mode?: "up" | "preview") =>
    graphOfSpec(specWith(count, { ...values, ...more }), mode, dns);

  it("lead to every API server, and to the workers", async () => {
    expect(recordsIn(await build(3))).toEqual({
      "master-1-api-record": "A api.prod 203.0.113.11",
      "master-2-api-record": "A api.prod 203.0.113.12",
      "master-3-api-record": "A api.prod 203.0.113.13",
      "worker-1-ingress-record": "A ingress.prod 203.0.113.21",
      "worker-2-ingress-record": "A ingress.prod 203.0.113.22",
      "worker-1-demo-record": "A demo.prod 203.0.113.21",
      "worker-2-demo-record": "A demo.prod 203.0.113.22",
    });
  });

  it("change within minutes: no resolver may keep them longer", async () => {
    for (const { inputs } of (await build(1)).ofType(record[cloud])) {
      expect(inputs["ttl"] ?? inputs["ttlSec"]).toBe(120);
    }
  });

  it("are in the kubeconfig and in every API server's certificate", async () => {
    const graph = await build(3);
    expect(serverOf(graph)).toBe("https://api.prod.example.com:6443");
    for (const master of ["master-1", "master-2", "master-3"]) {
      const { inputs } = graph.one("tls:index/certRequest:CertRequest", `${master}-apiserver`);
      expect(inputs["dnsNames"]).toContain("api.prod.example.com");
    }
  });

  it("are used only once they are served: by this program, and by the certificate authority", async () => {
    const dns = noting();
    const graph = await build(3, {}, dns);
    const leadsTo = Object.fromEntries(dns.asked.map(({ name, addresses }) => [name, addresses]));
    expect(leadsTo).toMatchObject({
      "api.prod.example.com": ["203.0.113.11", "203.0.113.12", "203.0.113.13"],
      "demo.prod.example.com": ["203.0.113.21", "203.0.113.22"],
    });
    const before = (type: string, name: string) =>
      [graph.one(type, name).opts.dependsOn ?? []]
        .flat()
        .map((it) => (it as { __name?: string }).__name);
    expect(before("pulumi:providers:kubernetes", "kubernetes")).toContain("master-3-api-record");
    expect(before("kubernetes:cert-manager.io/v1:Certificate", "demo")).toContain(
      "worker-2-demo-record",
    );
  });

  it("are asked for by no plan, which leaves what uses a new one open", async () => {
    const dns = noting();
    const graph = await build(1, {}, dns, "preview");
    expect([dns.asked, dns.zones]).toEqual([[], []]);
    expect(Object.keys(recordsIn(graph))).toHaveLength(5);
  });

  it("have none in a zone of somebody else", async () => {
    const graph = await build(1, { demo: { host: "www.example.net" } });
    expect(Object.keys(recordsIn(graph)).filter((name) => name.includes("demo"))).toEqual([]);
    const { inputs } = graph.one("kubernetes:cert-manager.io/v1:Certificate", "demo");
    expect(inputs).toMatchObject({ spec: { dnsNames: ["www.example.net"] } });
  });

  it("may be the zone itself", async () => {
    const found = recordsIn(await build(1, { demo: { host: "example.com" } }));
    const apex = cloud === "digitalocean" ? "@" : "";
    expect(found["worker-1-demo-record"]).toBe(`A ${apex} 203.0.113.21`);
  });
});

describe("the zone", () => {
  const find = (domain: string, zones: readonly { name: string }[], dns = noting()) =>
    zoneOf(domain, zones, ({ name }) => name, {
      cloud: "DigitalOcean",
      servers: ["ns1.cloud.example", "ns2.cloud.example"],
      nameServers: dns,
    });

  it("is one of the account's, which the world asks the cloud for", async () => {
    const dns = noting();
    const zones = [{ name: "example.org" }, { name: "example.com" }];
    expect(await find("example.com", zones, dns)).toEqual({ name: "example.com" });
    expect(dns.zones).toEqual(["example.com"]);
  });

  it("fails when the account has others, also one above it", async () => {
    await expect(find("k8s.example.com", [{ name: "example.com" }])).rejects.toThrow(
      'domain: the DigitalOcean account has no such zone, got "k8s.example.com"; use one of example.com, or add it to the account first',
    );
  });

  it("fails when the account has none", async () => {
    await expect(find("example.com", [])).rejects.toThrow(
      'domain: the DigitalOcean account has no such zone, got "example.com"; ' +
        "add it to the account first, and have its registrar name ns1.cloud.example, ns2.cloud.example",
    );
  });

  it("fails with the same words wherever its value was to be used", async () => {
    const error = await find("example.com", []).catch((thrown: unknown) => thrown as Error);
    if (!(error instanceof Error)) throw new Error("did not fail");
    const said = error.message;
    error.message = `error serializing property "name": ${said}`;
    expect(error.message).toBe(said);
  });
});

describe("a reserved address", { timeout: 60_000 }, () => {
  it("is what its name leads to", async () => {
    const graph = await graphOfSpec(
      specWith(3, { acme, reservedIps: { api: true, ingress: true } }),
    );
    const values = graph
      .ofType(record.digitalocean)
      .map(({ name, inputs }) => [name, inputs["value"]]);
    expect(Object.fromEntries(values)).toEqual({
      "master-1-api-record": "198.51.100.1",
      "master-2-api-record": "203.0.113.12",
      "master-3-api-record": "203.0.113.13",
      "worker-1-ingress-record": "198.51.100.2",
      "worker-1-demo-record": "198.51.100.2",
    });
  });
});
