import { chmod, cp, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { cached, recipeKey } from "../lib/cache.ts";
import { exec } from "../lib/exec.ts";
import type { Command } from "../lib/host-programs.ts";
import { aptMirror } from "./apt-mirror.ts";

const suite = "bookworm";
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type Report = (line: string) => void;

/** What a Droplet's Debian image has and nodes need; a cluster's own software comes from the mirror. */
export const machinePackages = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "openssh-server",
  "cloud-init",
  "python3-cffi-backend", // cloud-init needs it by a virtual name, which debootstrap does not resolve
  "ca-certificates",
  "curl",
  "kmod",
  "procps",
  "conntrack",
  "dnsutils",
  "ethtool",
  "haproxy",
  "iproute2",
  "ipset",
  "iptables",
  "iputils-ping",
  "less",
  "netcat-openbsd",
  "nftables",
  "socat",
  "sudo", // real images have it, for a login that is not root's
] as const;

const filesDir = join(import.meta.dirname, "rootfs");
const configureScript = join(import.meta.dirname, "rootfs-configure.sh");

/**
 * Root file system of a machine, read-only for its users: Debian 12 with cloud-init and sshd.
 *
 * Made once with debootstrap from the host's own Debian mirror (about 80 s), then kept in the cache.
 * @param report - called with a line of progress now and then
 * @throws ExecError with debootstrap's last lines
 */
export async function machineRootfs(report?: Report): Promise<string> {
  const packagesKey = recipeKey(suite, ...machinePackages);
  const key = recipeKey(packagesKey, ...(await recipeFiles()));
  const image = await cached("rootfs", `debian-12-${key}`, async (dir) => {
    const base = await cached("rootfs", `packages-${packagesKey}`, (draft) =>
      debootstrap(join(draft, "root"), report),
    );
    report?.("configuring the image");
    const root = join(dir, "root");
    await exec("cp", ["--archive", "--reflink=auto", join(base, "root"), root]);
    await cp(filesDir, root, { recursive: true });
    await chmod(join(root, "usr/lib/lab-guest/early.sh"), 0o755);
    await exec("chroot", [root, "sh", "-s"], {
      env: { PATH: systemPath },
      input: await readFile(configureScript),
    });
  });
  return join(image, "root");
}

async function debootstrap(root: string, report?: Report): Promise<void> {
  const mirror = await aptMirror();
  report?.(`Debian 12 from ${mirror.uri}`);
  const include = `--include=${machinePackages.join(",")}`;
  // Nothing of the caller's environment: package scripts would see it. A cut-off draft is thrown away, so
  // dpkg need not wait for the disk after every file.
  const env = { ...mirror.env, PATH: systemPath, DPKG_FORCE: "unsafe-io" };
  const command: Command = ["debootstrap", "--variant=minbase", include, suite, root, mirror.uri];
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  try {
    await exec("env", ["--ignore-environment", ...variables, ...command], {
      ...(report ? { onLine: debootstrapProgress(report) } : {}),
    });
  } catch (error) {
    const log = await readFile(join(root, "debootstrap/debootstrap.log"), "utf8").catch(() => "");
    throw new Error(`Debian image: ${log.trimEnd().split("\n").slice(-15).join("\n")}`, {
      cause: error,
    });
  }
}

/** Hundreds of lines become a count: "retrieving 57 …", "configuring 12 …". */
function debootstrapProgress(report: Report): Report {
  const counts = new Map<string, number>();
  return (line) => {
    const match = /^I: (Retrieving|Unpacking|Configuring) (\S+?)(?:\.\.\.| )/.exec(line);
    const [, phase, name] = match ?? [];
    if (phase === undefined || name === undefined) return;
    const count = (counts.get(phase) ?? 0) + 1;
    counts.set(phase, count);
    report(`${phase.toLowerCase()} package ${count}: ${name}`);
  };
}

async function recipeFiles(): Promise<string[]> {
  const names = (await readdir(filesDir, { recursive: true })).sort();
  const paths = [configureScript, ...names.map((name) => join(filesDir, name))];
  const texts = await Promise.all(
    paths.map(async (path) => ((await stat(path)).isFile() ? readFile(path, "utf8") : "")),
  );
  return [...names, ...texts];
}
