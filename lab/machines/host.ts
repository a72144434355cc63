import { existsSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { exec } from "../lib/exec.ts";
import { type HostProgram, programPath } from "../lib/host-programs.ts";
import { cacheDir } from "../lib/paths.ts";
import { isUnified, ownHierarchies } from "./cgroups.ts";

/** Image and machines; on a first run also the Go modules and builds, 22 GiB of them. */
const neededGib = existsSync(join(cacheDir, "go", "mod")) ? 8 : 30;

/**
 * What this host cannot do and no package can mend, one line each; empty when machines can run here.
 * Changes nothing; what a missing tool would have to show is not asked.
 */
export async function missingHostFeatures(): Promise<string[]> {
  if (process.getuid?.() !== 0) {
    return [
      `user: machines need root, got uid ${String(process.getuid?.())}; run it with sudo or as root`,
    ];
  }
  const problems = await Promise.all([
    namespaceProblem(),
    overlayProblem(),
    ...linkKinds.map(linkProblem),
    nftProblem(),
  ]);
  problems.push(cgroupProblem(), ...["/var/lib", cacheDir].map(diskProblem));
  return [...new Set(problems.filter((problem) => problem !== undefined))];
}

const unshared = ["--net", "--mount", "--pid", "--fork"];

async function namespaceProblem(): Promise<string | undefined> {
  if (await succeeds("unshare", [...unshared, "true"])) return undefined;
  return "namespaces: network, mount and pid namespaces cannot be made here; use a virtual machine or a privileged container";
}

async function overlayProblem(): Promise<string | undefined> {
  const known = (): boolean => readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n");
  if (known() || ((await succeeds("modprobe", ["overlay"])) && known())) return undefined;
  return "overlayfs: the kernel does not know it; load the module overlay or use another kernel";
}

const linkKinds = ["veth", "vxlan", "bridge"] as const;

async function linkProblem(kind: (typeof linkKinds)[number]): Promise<string | undefined> {
  if (programPath("ip") === undefined) return undefined;
  const options = kind === "vxlan" ? "id 1 dstport 8472 dev lo" : "";
  const add = `ip link set lo up && ip link add probe0 type ${kind} ${options}`;
  if (await succeeds("unshare", [...unshared, "sh", "-c", add])) return undefined;
  return `${kind}: the kernel cannot make such an interface; load the module ${kind} or use another kernel`;
}

async function nftProblem(): Promise<string | undefined> {
  if (programPath("nft") === undefined) return undefined;
  const rules =
    "table inet p { chain c { type filter hook forward priority 0; ct state established accept; reject with icmp type admin-prohibited; }; }";
  if (await succeeds("unshare", [...unshared, "nft", rules])) return undefined;
  return "nftables: the kernel refuses a stateful filter; load nf_tables and nf_conntrack or use another kernel";
}

/** Limits of cgroup v2 need systemd, which hands groups out, or the root group for ourselves. */
function cgroupProblem(): string | undefined {
  const all = ownHierarchies();
  const [first] = all;
  if (first === undefined) {
    return "cgroups: none are mounted below /sys/fs/cgroup; mount them or use another host";
  }
  if (!isUnified(all) || existsSync("/run/systemd/system")) return undefined;
  const isRoot = !existsSync(join(first.own, "cgroup.type"));
  if (isRoot) return undefined;
  return `cgroups: ${first.own} cannot hand on limits, it is not the root group and systemd does not run here; use a host with systemd`;
}

function diskProblem(path: string): string | undefined {
  const existing = [path, "/root", "/"].find((candidate) => existsSync(candidate)) ?? "/";
  const { bavail, bsize } = statfsSync(existing);
  const freeGib = (bavail * bsize) / 2 ** 30;
  if (freeGib >= neededGib) return undefined;
  return `${existing}: too little free disk space, got ${freeGib.toFixed(1)} GiB; free ${(neededGib - freeGib).toFixed(1)} GiB more`;
}

async function succeeds(file: HostProgram, args: readonly string[]): Promise<boolean> {
  return exec(file, args).then(
    () => true,
    () => false,
  );
}
