import { describe, expect, it } from "vitest";
import { monthlyCost } from "../../components/facts/cost.ts";
import { configOf, failsWith, minimal, type StackValues } from "../support/stack.ts";

const linode: StackValues = { provider: "linode" };
const named = (...nodes: readonly object[]) => ({ ...linode, workers: { nodes } });
const addressesOf = (values: StackValues) => {
  const { provider } = configOf({ ...minimal, ...values }).spec;
  return provider.kind === "linode" ? provider.privateAddresses : null;
};

describe("a stack on Linode", () => {
  it("has defaults of its own", () => {
    const { spec } = configOf({ ...minimal, ...linode });
    expect(spec.provider).toEqual({
      kind: "linode",
      region: "nl-ams",
      url: null,
      privateAddresses: {
        "master-1": "10.10.0.11",
        "worker-1": "10.10.0.21",
        "worker-2": "10.10.0.22",
      },
    });
    const [node] = spec.workers.nodes;
    expect(node).toMatchObject({ size: { slug: "g6-nanode-1" }, image: "linode/debian12" });
  });

  it("moves no node's address when another comes or goes", () => {
    const both = addressesOf(named({ name: "big-1" }, { name: "worker-2" }, { name: "odd" }));
    const few = addressesOf(named({ name: "odd" }, { name: "big-1" }));
    expect(both).toMatchObject(few ?? {});
    expect(both?.["worker-2"]).toBe(addressesOf(linode)?.["worker-2"]);
  });

  it("takes the address that a node is given", () => {
    const given = named({ name: "a", privateAddress: "10.10.0.21" }, { name: "b" });
    expect(addressesOf(given)).toMatchObject({ a: "10.10.0.21" });
  });

  it("costs more where Linode asks for more", () => {
    const costIn = (region: string) => {
      const size = "g6-standard-1";
      const values = { ...linode, region, workers: { count: 1, size } };
      return monthlyCost(configOf({ ...minimal, ...values }).spec);
    };
    expect(costIn("nl-ams").totalUsd).toBe(17);
    expect(costIn("id-cgk").totalUsd).toBe(20.4);
    expect(costIn("br-gru").parts.map(({ monthlyUsd }) => monthlyUsd)).toEqual([7, 16.8]);
  });

  failsWith([
    [
      "an old region, naming one with VPCs nearby",
      { ...linode, region: "us-east" },
      ['region: has no VPCs, which the nodes need, got "us-east"; use one that has, e.g. us-iad'],
    ],
    [
      "names of another cloud",
      { ...linode, region: "fra1", image: "debian-12-x64", workers: { size: "s-1vcpu-1gb" } },
      [
        'region: no such region on linode, got "fra1"; use one of au-mel, br-gru, de-fra-2, es-mad, fr-par, fr-par-2, gb-lon, id-cgk, in-bom-2, in-maa, it-mil, jp-osa, jp-tyo-3, nl-ams, no-osl-1, se-sto, sg-sin-2, us-iad, us-iad-2, us-lax, us-mia, us-ord, us-sea',
        'image: no such image on linode, got "debian-12-x64"; use one of linode/debian12, linode/debian13, linode/ubuntu24.04',
        'workers.size: no such size on linode, got "s-1vcpu-1gb"; use one of g6-nanode-1, g6-standard-1, g6-standard-2, g6-standard-4, g6-standard-6 (one that our table lacks: allowUnknownSize: true)',
      ],
    ],
    [
      "a range that Linode keeps for itself",
      { ...linode, nodeCidr: "192.168.144.0/20" },
      [
        "nodeCidr: 192.168.144.0/20 overlaps 192.168.128.0/17, which the provider keeps for itself there; choose another range, e.g. 10.100.0.0/20",
      ],
    ],
    [
      "a range without the addresses that numbered nodes have, once",
      { ...linode, nodeCidr: "10.10.0.0/28" },
      [
        "nodeCidr: has no address for worker-1: worker-N has the (20 + N)th; use a larger range, e.g. 10.10.0.0/20",
      ],
    ],
    [
      "an address outside of the range, or kept back in it",
      named(
        { name: "a", privateAddress: "10.11.0.5" },
        { name: "b", privateAddress: "10.10.0.1" },
        { name: "c", privateAddress: "here" },
      ),
      ["10.11.0.5", "10.10.0.1", "here"].map(
        (got, index) =>
          `workers.nodes[${index}].privateAddress: not an address that nodeCidr has for a node, got "${got}"; write one such as 10.10.0.2; the first two and the last two are kept back`,
      ),
    ],
    [
      "an address that another node has, naming a free one",
      named(
        { name: "worker-1" },
        { name: "a", privateAddress: "10.10.0.21" },
        { name: "b", privateAddress: "10.10.0.21" },
      ),
      [
        "workers.nodes[2].privateAddress: 10.10.0.21, which a has; write privateAddress: 10.10.0.22",
        "workers.nodes[0].privateAddress: worker-1 would get 10.10.0.21, which a has; write privateAddress: 10.10.0.22",
      ],
    ],
    [
      "addresses of their own for the API and the ingress",
      { ...linode, reservedIps: { api: true, ingress: false } },
      [
        "reservedIps.api: only for digitalocean, and this stack's provider is linode; remove it, and let the DNS follow a machine's address",
      ],
    ],
    [
      "a URL that is none, and keys of another cloud",
      { ...linode, "linode:url": "api.linode.com", "digitalocean:token": "secret" },
      [
        "digitalocean:token: this stack's provider is linode; remove it, or write hardway:provider: digitalocean",
        'linode:url: not a URL, got "api.linode.com"; write an http or https URL, e.g. https://api.linode.com',
      ],
    ],
  ]);
});

describe("a private address of the stack", () => {
  failsWith([
    [
      "another provider than linode",
      { workers: { nodes: [{ name: "a", privateAddress: "10.10.0.5" }] } },
      [
        "workers.nodes[0].privateAddress: only for linode, and this stack's provider is digitalocean; remove it: the cloud chooses it",
      ],
    ],
  ]);
});

describe("a size that our table lacks", () => {
  const values = { ...minimal, workers: { size: "s-16vcpu-32gb" } };

  it("is taken as it is when the stack says so, and the cost leaves it out with a warning", () => {
    const { spec, warnings } = configOf({ ...values, allowUnknownSize: true });
    expect(spec.workers.nodes[0]?.size).toMatchObject({ slug: "s-16vcpu-32gb", monthlyUsd: null });
    expect(monthlyCost(spec)).toEqual({
      totalUsd: 6,
      parts: [
        { name: "master-1", size: "s-1vcpu-1gb", monthlyUsd: 6 },
        { name: "worker-1", size: "s-16vcpu-32gb", monthlyUsd: null },
        { name: "worker-2", size: "s-16vcpu-32gb", monthlyUsd: null },
      ],
    });
    expect(warnings).toEqual([
      "allowUnknownSize: the price of s-16vcpu-32gb is not known; monthlyCostUsd leaves it out",
    ]);
  });

  it("changes nothing for a size that the table has", () => {
    const { spec, warnings } = configOf({ ...minimal, allowUnknownSize: true });
    expect(spec).toEqual(configOf(minimal).spec);
    expect(warnings).toEqual([]);
  });
});
