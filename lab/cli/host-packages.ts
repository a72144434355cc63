import { exec } from "../lib/exec.ts";
import { hostPackages, missingPrograms } from "../lib/host-programs.ts";
import type { Report } from "../lib/progress.ts";

/**
 * Installs the Debian packages that the lab needs and this host lacks.
 * @param more - others that the caller needs
 * @returns those installed
 * @throws ExecError with the end of what apt-get printed; Error that names every program which is still missing
 */
export async function installHostPackages(
  report: Report,
  more: readonly string[] = [],
): Promise<readonly string[]> {
  const wanted = [...new Set([...hostPackages, ...more])].sort();
  const missing = missingPackages(wanted, await installedPackages());
  if (missing.length > 0) await install(missing, report);
  const problems = missingPrograms();
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return missing;
}

async function install(missing: readonly string[], report: Report): Promise<void> {
  report(`installing ${missing.join(" ")}`);
  const command = ["install", "--yes", "--no-install-recommends", ...missing];
  try {
    await aptGet(command, report);
  } catch {
    // the usual reason on a fresh machine: no package lists yet, or old ones
    await aptGet(["update"], report);
    await aptGet(command, report);
  }
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

async function installedPackages(): Promise<string> {
  const format = "--showformat=${Package} ${db:Status-Abbrev}\\n";
  return (await exec("dpkg-query", ["--show", format])).stdout;
}

async function aptGet(args: readonly string[], report: Report): Promise<void> {
  // another apt-get may be at work, on a fresh machine above all
  await exec("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    onLine: (line) => {
      if (/^(Get:|Unpacking |Setting up )/.test(line)) report(line);
    },
  });
}
