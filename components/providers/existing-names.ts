import * as pulumi from "@pulumi/pulumi";
import { parseIpv4 } from "../lib/cidr.ts";
import type { ExistingSpec } from "../spec.ts";
import type { NameServers } from "./name-servers.ts";
import type { NamePlan } from "./name-records.ts";
import { plainError } from "./plain-error.ts";

interface Pointed {
  readonly domain: string;
  readonly existing: ExistingSpec;
  readonly nameServers: NameServers;
}

/**
 * Finds names that their owner has not pointed, or has pointed elsewhere; whether the name that people give their own sites leads
 * somewhere is theirs alone.
 * @throws RunError with all of them
 */
export async function checkPointed(plans: readonly NamePlan[], where: Pointed): Promise<void> {
  const problems = await Promise.all(plans.map((plan) => problemOf(plan, where)));
  const lines = problems.filter((line) => line !== null);
  if (lines.length > 0) throw plainError(lines.join("\n"));
}

async function problemOf(
  { id, name, targets }: NamePlan,
  { domain, existing, nameServers }: Pointed,
): Promise<string | null> {
  if (id === "ingress") return null;
  const found = await nameServers.addressesOf(domain, name);
  const hosts = targets.map(({ node }) => node);
  const wanted = hosts.map((node) => existing.hosts[node]?.address ?? "");
  const fix = `point it to ${wanted.join(", ")}`;
  if (found.length === 0) return `domain: no record leads from ${name} to an address; ${fix}`;
  // What is in front of a page, or of hosts behind another one, is their owner's.
  if (id !== "api" || hosts.some((node) => existing.hosts[node]?.bastion !== null)) return null;
  const known = await Promise.all(
    hosts.map((node) => addressesOfHost(existing.hosts[node], domain, nameServers)),
  );
  const foreign = found.filter((address) => !known.flat().includes(address));
  if (foreign.length > 0) {
    return `domain: ${name} leads to what is no control-plane machine, got ${foreign.join(", ")}; ${fix} alone`;
  }
  const missing = wanted.filter((_, index) => !known[index]?.some((it) => found.includes(it)));
  if (missing.length > 0) {
    await pulumi.log.warn(
      `domain: ${name} does not lead to ${missing.join(", ")}: who uses it does not get past a machine that is down`,
    );
  }
  return null;
}

async function addressesOfHost(
  host: ExistingSpec["hosts"][string] | undefined,
  domain: string,
  nameServers: NameServers,
): Promise<readonly string[]> {
  if (host === undefined) return [];
  const { address, privateAddress } = host;
  const own =
    parseIpv4(address) === null ? await nameServers.addressesOf(domain, address) : [address];
  return [...own, privateAddress];
}
