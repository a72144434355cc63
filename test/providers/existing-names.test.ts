import { describe, expect, it } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import { checkPointed } from "../../components/providers/existing-names.ts";
import type { NameServers } from "../../components/providers/name-servers.ts";
import type { NamePlan } from "../../components/providers/name-records.ts";
import type { ExistingSpec, HostSpec } from "../../components/spec.ts";

const host = (address: string, more: Partial<HostSpec> = {}): HostSpec => ({
  address,
  privateAddress: `10.10.0.${address.split(".").at(-1) ?? ""}`,
  user: "root",
  port: 22,
  hostKey: "ssh-ed25519 AAAA",
  sudo: false,
  bastion: null,
  ...more,
});
const existing: ExistingSpec = {
  kind: "existing",
  hosts: {
    "master-1": host("203.0.113.11"),
    "master-2": host("m2.example.net", { privateAddress: "10.10.0.12" }),
    "worker-1": host("203.0.113.21"),
  },
};
const plan = (id: NamePlan["id"], name: string, ...nodes: readonly string[]): NamePlan => ({
  id,
  name,
  targets: nodes.map((node) => ({ node, address: pulumi.output("") })),
});
const plans = [
  plan("api", "api.prod.example.com", "master-1", "master-2"),
  plan("ingress", "ingress.prod.example.com", "worker-1"),
  plan("demo", "demo.prod.example.com", "worker-1"),
];

/** What is wrong when the names lead to these addresses; null: nothing. */
async function problemWith(
  records: Readonly<Record<string, readonly string[]>>,
  hosts: ExistingSpec = existing,
): Promise<string | null> {
  const all: Readonly<Record<string, readonly string[] | undefined>> = {
    "m2.example.net": ["203.0.113.12"],
    ...records,
  };
  const nameServers: NameServers = {
    checkDelegation: () => Promise.resolve(),
    awaitServed: () => Promise.resolve(),
    addressesOf: (_domain, name) => Promise.resolve(all[name] ?? []),
  };
  const where = { domain: "example.com", existing: hosts, nameServers };
  return checkPointed(plans, where).then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
}

const demo = { "demo.prod.example.com": ["198.51.100.80"] };

describe("names that the user points", () => {
  it("are right when they lead to the hosts, some or all, wherever a page is served from", async () => {
    for (const api of [["203.0.113.11", "203.0.113.12"], ["203.0.113.12"], ["10.10.0.11"]]) {
      expect(await problemWith({ "api.prod.example.com": api, ...demo })).toBeNull();
    }
  });

  it("fail together where they lead nowhere", async () => {
    expect(await problemWith({})).toBe(
      "domain: no record leads from api.prod.example.com to an address; point it to 203.0.113.11, m2.example.net\n" +
        "domain: no record leads from demo.prod.example.com to an address; point it to 203.0.113.21",
    );
  });

  it("fail where they lead to a machine that answers for another cluster, or for none", async () => {
    const api = ["203.0.113.11", "203.0.113.99"];
    expect(await problemWith({ "api.prod.example.com": api, ...demo })).toBe(
      "domain: api.prod.example.com leads to what is no control-plane machine, got 203.0.113.99; " +
        "point it to 203.0.113.11, m2.example.net alone",
    );
  });

  it("may lead to what is in front of hosts that are behind another one", async () => {
    const { hosts } = existing;
    const bastion = { address: "203.0.113.9", user: "jump", port: 22, hostKey: "" };
    const behind = { ...hosts, "master-1": host("10.10.0.11", { bastion }) };
    const api = { "api.prod.example.com": ["203.0.113.99"] };
    expect(await problemWith({ ...api, ...demo }, { ...existing, hosts: behind })).toBeNull();
  });
});
