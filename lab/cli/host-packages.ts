import { exec } from "../lib/exec.ts";
import type { Report } from "../lib/progress.ts";
import { hostPackages } from "../machines/host.ts";

/** What the builds of lab/tools need besides Go: some link C libraries. */
const buildPackages = ["gcc", "libc6-dev", "libseccomp-dev", "pkg-config"] as const;

/**
 * Installs the Debian packages that the lab needs and this host lacks.
 * @param more - others that the caller needs
 * @returns those installed
 * @throws ExecError with the end of what apt-get printed
 */
export async function installHostPackages(
  report: Report,
  more: readonly string[] = [],
): Promise<readonly string[]> {
  const wanted = [...new Set<string>([...hostPackages, ...buildPackages, ...more])].sort();
  const missing = missingPackages(wanted, await installedPackages(wanted));
  if (missing.length === 0) return [];
  report(`installing ${missing.join(" ")}`);
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  try {
    await aptGet(install, report);
  } catch {
    // the usual reason on a fresh machine: no package lists yet, or old ones
    await aptGet(["update"], report);
    await aptGet(install, report);
  }
  return missing;
}

/** Packages of `wanted` that `dpkg-query` does not list as installed. */
export function missingPackages(wanted: readonly string[], dpkgOutput: string): readonly string[] {
  const installed = new Set(
    dpkgOutput
      .split("\n")
      .map((line) => line.split(" "))
      .filter(([, status]) => status === "ii")
      .map(([name]) => name),
  );
  return wanted.filter((name) => !installed.has(name));
}

async function installedPackages(names: readonly string[]): Promise<string> {
  const format = "--showformat=${Package} ${db:Status-Abbrev}\\n";
  // it exits 1 when any name is unknown, and lists the others all the same
  const { stdout } = await exec("sh", [
    "-c",
    'dpkg-query --show "$@" 2>/dev/null || true',
    "sh",
    format,
    ...names,
  ]);
  return stdout;
}

async function aptGet(args: readonly string[], report: Report): Promise<void> {
  // another apt-get may be at work, on a fresh machine above all
  await exec("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    onLine: (line) => {
      if (/^(Get:|Setting up )/.test(line)) report(line);
    },
  });
}
