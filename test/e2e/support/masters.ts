import { expect } from "vitest";
import { type ApiLoad, startApiLoad } from "../../../lab/cli/bench/api-load.ts";
import { kubeconfigOf } from "../../../lab/cli/kubeconfig.ts";
import { machineNamed } from "../../../lab/cli/machines.ts";
import { openLab } from "../../../lab/cli/session.ts";
import { exec } from "../../../lab/lib/exec.ts";
import { privateLink, publicLink } from "../../../lab/machines/firewall.ts";
import { machineNetns } from "../../../lab/machines/machine-dir.ts";
import { etcdctl } from "./etcd.ts";
import { eventually, lab, ssh } from "./lab.ts";

export const masters = ["master-1", "master-2", "master-3"] as const;

const netnsOf = async (machine: string) => machineNetns(lab, (await machineNamed(lab, machine)).id);

/** A client of the API on a worker, which reaches it as the kubelet there does. */
export async function startLoad(worker = "worker-1"): Promise<ApiLoad> {
  const netns = await netnsOf(worker);
  const name = `e2e-load-${worker}`;
  return startApiLoad(await openLab(lab), { netns, name, addresses: ["127.0.0.1"] });
}

/** What the client has met since it was asked last is nothing that somebody who tries once again would see. */
export async function expectNoFailure(load: ApiLoad, meanwhile: string): Promise<void> {
  const { answered, retried, failed, lost, longestGapMs } = await load.figures();
  const gap = `longest gap ${Math.round(longestGapMs)} ms`;
  console.info(`${meanwhile}: ${answered} answered, ${retried} at the second try, ${gap}`);
  expect(failed).toEqual([]);
  expect(lost).toEqual([]);
  expect(answered).toBeGreaterThan(20);
}

/** kubectl with the operator's rights on a machine, at what 127.0.0.1:6443 is there: a balancer or an API server. */
export async function kubectlOn(
  machine: string,
  args: readonly string[],
  input = "",
): Promise<string> {
  const session = await openLab(lab);
  await kubeconfigOf(session);
  const netns = `--net=/run/netns/${await netnsOf(machine)}`;
  const command = ["kubectl", "--server=https://127.0.0.1:6443", "--request-timeout=10s", ...args];
  const options = { env: session.env, isWholeEnv: true, input };
  return (await exec("nsenter", [netns, ...command], options)).stdout;
}

/** A member of etcd, as the members know it. */
interface Member {
  /** Empty until it has started for the first time. */
  readonly name?: string;
  readonly isLearner?: boolean;
}

/** What a machine's own etcd says of all members. */
export async function membersBy(master: string): Promise<readonly Member[]> {
  const said = await etcdctl(master, "member list --write-out=json");
  return (JSON.parse(said) as { members: readonly Member[] }).members;
}

/** Names of the members that vote. */
export async function votersBy(master: string): Promise<readonly string[]> {
  const voters = (await membersBy(master)).filter(({ isLearner }) => isLearner !== true);
  return voters.map(({ name = "" }) => name).sort();
}

/** The master whose etcd leads. */
export async function etcdLeader(among: readonly string[] = masters): Promise<string> {
  for (const master of among) {
    const metrics = await ssh(master, "curl -s http://127.0.0.1:2381/metrics");
    if (metrics.includes("\netcd_server_is_leader 1\n")) return master;
  }
  throw new Error(`etcd: none of ${among.join(", ")} leads`);
}

/** The master on which the leader of a service runs. */
export async function leaseHolder(service: string): Promise<string> {
  const holder = ["get", "lease", "-n", "kube-system", service, "-o"];
  const said = await kubectlOn("worker-1", [...holder, "jsonpath={.spec.holderIdentity}"]);
  return said.replace(/_.*$/, ""); // the host's name, and something that is new with each start
}

/** Waits until these are all masters, each healthy by its own word and by that of its Node. */
export async function untilWhole(wanted: readonly string[] = masters): Promise<void> {
  await eventually(180, async () => {
    for (const master of wanted) {
      expect(await votersBy(master)).toEqual(wanted);
      expect(await ssh(master, "curl -sk https://127.0.0.1:6443/readyz")).toBe("ok");
    }
    const nodes = await kubectlOn("worker-1", ["get", "nodes", "-o", "name"]);
    const names = nodes.trim().split("\n").sort();
    expect(names).toEqual([...wanted, "worker-1", "worker-2"].map((name) => `node/${name}`));
    await kubectlOn("worker-1", ["wait", "node", "--all", "--for=condition=Ready", "--timeout=1s"]);
  });
}

/**
 * Cuts a machine off from all others and from the operator, connections that are open included.
 * @returns what joins it again
 */
export async function cutOff(machine: string): Promise<() => Promise<void>> {
  const { id } = await machineNamed(lab, machine);
  const links = `{ "${publicLink(id)}", "${privateLink(id)}" }`;
  const chain = (hook: string, way: "iifname" | "oifname") =>
    `chain ${hook}_${way} { type filter hook ${hook} priority -200; ${way} ${links} drop; }`;
  const chains = [
    chain("forward", "iifname"),
    chain("forward", "oifname"),
    chain("input", "iifname"),
    chain("output", "oifname"),
  ];
  const nft = (rules: string) =>
    exec("nsenter", [`--net=/run/netns/${lab.netns}`, "nft", "-f", "-"], { input: rules });
  await nft(`table inet e2e_cut {\n${chains.join("\n")}\n}\n`);
  return async () => {
    await nft("delete table inet e2e_cut\n");
  };
}
