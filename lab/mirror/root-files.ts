import { join } from "node:path";
import { exec } from "../lib/exec.ts";
import { programPath } from "../lib/host-programs.ts";
import type { TarEntry } from "./tar.ts";

/**
 * Programs of a root file system, each at its own path, with every library they load.
 * @param root - where the root file system lies
 * @param programs - absolute paths inside it; a symbolic link is followed
 */
export async function programFiles(root: string, programs: readonly string[]): Promise<TarEntry[]> {
  const { stdout } = await exec("chroot", [root, "ldd", ...programs]);
  // "libfoo.so.1 => /lib/…/libfoo.so.1 (0x…)" and the loader: "/lib64/ld-linux-x86-64.so.2 (0x…)"
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
  const paths = [...new Set([...programs, ...libraries])];
  // as a process inside would follow links, those of directories included
  const { stdout: resolved } = await exec("chroot", [root, "readlink", "-f", ...paths]);
  const targets = resolved.trim().split("\n");
  return paths.map((path, index) => ({
    path: path.slice(1),
    kind: "file",
    from: join(root, targets[index] ?? path),
  }));
}

/** Static busybox of this machine, with a link in /bin for each thing it can be. */
export async function busyboxFiles(): Promise<TarEntry[]> {
  const { stdout } = await exec("busybox", ["--list"]);
  const busybox = programPath("busybox") ?? "";
  const names = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
  return [
    { path: "bin/busybox", kind: "file", from: busybox },
    ...names.map((name): TarEntry => ({ path: `bin/${name}`, kind: "link", target: "busybox" })),
  ];
}

/** iptables and nft as the nodes have them: nftables behind iptables' commands. */
export async function packetFilterFiles(root: string): Promise<TarEntry[]> {
  const multi = "/usr/sbin/xtables-nft-multi";
  const commands = ["iptables", "ip6tables"].flatMap((name) =>
    ["", "-save", "-restore"].map((suffix) => `usr/sbin/${name}${suffix}`),
  );
  const extensions = await extensionPaths(root);
  return [
    ...(await programFiles(root, [multi, "/usr/sbin/nft", ...extensions])),
    ...commands.map((path): TarEntry => ({ path, kind: "link", target: "xtables-nft-multi" })),
  ];
}

/** Matches and targets that iptables loads by name, so that no `ldd` finds them. */
async function extensionPaths(root: string): Promise<string[]> {
  const { stdout } = await exec("find", [join(root, "usr/lib"), "-path", "*/xtables/*.so"]);
  return stdout
    .trim()
    .split("\n")
    .sort()
    .map((path) => path.slice(root.length));
}
