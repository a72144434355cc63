import { existsSync, readdirSync } from "node:fs";
import { exec } from "../lib/exec.ts";
import type { Command } from "../lib/host-programs.ts";
import type { Lab } from "../lib/paths.ts";
import { privateLink, publicLink, renderRuleset } from "./firewall.ts";
import type { NetworkPolicy } from "./spec.ts";
import { machineNetns } from "./machine-dir.ts";

/** The lab's own side: the operator, the cloud API and the mirror; every machine's default gateway. */
export const labAddress = "10.240.0.1";

/** Addresses that lead to a machine only while a policy says so. */
export const reservedRange = "10.240.240.0/24";

/** Makes the lab's network namespace; one that is there already is left as it is, rules and all. */
export async function setupLabNetwork(lab: Lab): Promise<void> {
  if (!hasNetns(lab.netns)) {
    await exec("ip", ["netns", "add", lab.netns]);
    await applyNetworkPolicy(lab, { machines: [] });
  }
  await exec("ip", ["-n", lab.netns, "address", "replace", `${labAddress}/32`, "dev", "lo"]);
  await exec("ip", ["-n", lab.netns, "link", "set", "lo", "up"]);
  // What the lab itself sends to a reserved address needs a route before the rules can turn it to a machine; left
  // on this one it gets no answer.
  const reserved = [reservedRange, "dev", "lo", "src", labAddress];
  await exec("ip", ["-n", lab.netns, "route", "replace", ...reserved]);
  await inLab(lab, ["sh", "-c", sysctls]);
}

/** Removes the lab's network namespace; processes still in it keep an unnamed one. Idempotent. */
export async function teardownLabNetwork(lab: Lab): Promise<void> {
  if (hasNetns(lab.netns)) await exec("ip", ["netns", "del", lab.netns]);
}

/** Replaces the lab's ruleset in one transaction. */
export async function applyNetworkPolicy(lab: Lab, policy: NetworkPolicy): Promise<void> {
  await inLab(lab, ["nft", "-f", "-"], renderRuleset(policy));
}

/** Removes one machine's namespace and interfaces, as after a crash of its supervisor. Idempotent. */
export async function removeMachineNetwork(lab: Lab, id: string): Promise<void> {
  for (const link of [publicLink(id), privateLink(id)]) {
    if (!hasNetns(lab.netns)) break;
    // The most usual reason to fail is that there is none.
    await exec("ip", ["-n", lab.netns, "link", "del", link]).catch(() => undefined);
  }
  const netns = machineNetns(lab, id);
  if (hasNetns(netns)) await exec("ip", ["netns", "del", netns]);
}

/** Names of the namespaces of a lab: its own and its machines'. */
export function labNamespaces(lab: Lab): string[] {
  const names = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  return names.filter((name) => name === lab.netns || name.startsWith(`${lab.netns}-`));
}

function hasNetns(name: string): boolean {
  return existsSync(`/run/netns/${name}`);
}

// Values of the host are inherited, so those that matter are set. Strict reverse path checks would be a second
// spoofing filter that gives no reason; redirects would teach machines to avoid their gateway.
const sysctls = `
cd /proc/sys/net/ipv4
echo 1 >ip_forward
for name in all default; do
  echo 0 >conf/$name/rp_filter
  echo 0 >conf/$name/send_redirects
done
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null || :
`;

function inLab(lab: Lab, command: Command, input?: string): Promise<unknown> {
  return exec("nsenter", [`--net=/run/netns/${lab.netns}`, ...command], {
    ...(input === undefined ? {} : { input }),
  });
}
