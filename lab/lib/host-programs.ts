import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/**
 * Every program of this host that the lab runs or copies, its shell scripts included, with the Debian package that brings
 * it: the one place to add one. `exec` takes nothing else by name, and test/host-programs.test.ts reads the code.
 */
export const hostPrograms = {
  "apt-config": "apt",
  "apt-get": "apt",
  busybox: "busybox-static",
  cat: "coreutils",
  chroot: "coreutils",
  cmp: "diffutils",
  cp: "coreutils",
  curl: "curl",
  date: "coreutils",
  debootstrap: "debootstrap",
  dirname: "coreutils",
  "dpkg-query": "dpkg",
  env: "coreutils",
  find: "findutils",
  flock: "util-linux",
  git: "git",
  grep: "grep",
  ip: "iproute2",
  mkdir: "coreutils",
  kill: "procps",
  modprobe: "kmod",
  mount: "mount",
  nft: "nftables",
  nsenter: "util-linux",
  openssl: "openssl",
  ps: "procps",
  rm: "coreutils",
  rmdir: "coreutils",
  setpriv: "util-linux",
  sh: "dash",
  sleep: "coreutils",
  "systemd-nspawn": "systemd-container",
  "systemd-run": "systemd",
  tar: "tar",
  taskset: "util-linux",
  unshare: "util-linux",
  xargs: "findutils",
} as const;

/** Packages that those programs and Go need from this host without our naming a program of them. */
export const supportPackages = {
  "ca-certificates": "which servers Go and apt may trust",
  "debian-archive-keyring": "whose signature debootstrap checks",
  gcc: "runc, the one program of the cluster that is partly C",
  "libc6-dev": "runc",
  "libseccomp-dev": "runc",
  "pkg-config": "runc",
} as const;

/** What only the user can bring, in the version of their choice: asked for before anything is changed. */
export const usersPrograms = ["go", "node", "npm"] as const;

/** What the lab makes and puts on the PATH of everything inside it. */
export const labPrograms = ["pulumi", "kubectl"] as const;

/** A program of this host by its name. */
export type HostProgram = keyof typeof hostPrograms | (typeof usersPrograms)[number];

declare const own: unique symbol;
/** A program by its path: one that the lab built, or one of node_modules. */
export type OwnProgram = string & { readonly [own]: true };

/** Marks a path as one of a program that no package of this host brings. */
export function ownProgram(path: string): OwnProgram {
  return path as OwnProgram;
}

/** The Node.js that runs the lab. */
export const node = ownProgram(process.execPath);

export type Program = HostProgram | (typeof labPrograms)[number] | OwnProgram;

/** A command line whose program is known. */
export type Command = readonly [Program, ...string[]];

/** Debian packages that the lab needs on this host. */
export const hostPackages: readonly string[] = [
  ...new Set([...Object.values(hostPrograms), ...Object.keys(supportPackages)]),
].sort();

/** Where a program is on PATH; undefined: nowhere. */
export function programPath(name: string, path = process.env["PATH"] ?? ""): string | undefined {
  const candidates = path.split(":").map((dir) => join(dir, name));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What to do about a program that is not there. */
export function missingProgram(name: string): string {
  const packages: Readonly<Record<string, string>> = hostPrograms;
  const brings = packages[name];
  if (brings === undefined) return `${name}: not found; install it and put it on PATH`;
  return `${name}: not found; Debian's package ${brings} brings it: apt-get install --reinstall ${brings}`;
}

/** The problem with each program that is not on PATH. */
export function missingPrograms(path?: string): readonly string[] {
  const missing = Object.keys(hostPrograms).filter((name) => programPath(name, path) === undefined);
  return missing.map(missingProgram);
}
