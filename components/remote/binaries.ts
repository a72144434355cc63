import type * as command from "@pulumi/command/remote/index.js";
import type { Download } from "../facts/artifacts.ts";
import { bundle, type HostLink } from "../lib/bundle.ts";
import { commandLine } from "../lib/shell.ts";
import type { Machine } from "../providers/machine.ts";
import { step, type StepOptions } from "./step.ts";

/** The downloads of one machine's architecture, and how their programs are put into use. */
export class Binaries {
  readonly #downloads: readonly Download[];

  /** @param names - entries of the artifact lock, e.g. "etcd" */
  constructor(downloads: readonly Download[], machine: Machine, names: readonly string[]) {
    this.#downloads = names.map((name) => {
      const found = downloads.find(
        (file) => file.name === name && file.architecture === machine.arch,
      );
      if (found === undefined) throw new Error(`artifacts: no ${name} for ${machine.arch}`);
      return found;
    });
  }

  /** What `fetch-binaries.sh` reads: a new version, or a new build of it, is a new directory. */
  get bundle(): string {
    const downloads = this.#downloads.map((download) => {
      const members = Object.entries(download.members).map(([name, path]) => `${name}=${path}`);
      const programs = members.length === 0 ? [download.name] : members;
      const { sha256, url } = download;
      return { directory: directoryOf(download), sha256, url, programs };
    });
    return bundle({ downloads });
  }

  /** Links that put programs of one download into use; the step of the service that runs them switches them. */
  links(name: string, programs = [name], directory = "/usr/local/bin"): HostLink[] {
    const download = this.#downloads.find((file) => file.name === name);
    if (download === undefined) throw new Error(`binaries: ${name} is not fetched on this machine`);
    return programs.map((program) => ({
      path: `${directory}/${program}`,
      target: `${directoryOf(download)}/${program}`,
    }));
  }
}

function directoryOf({ name, version, sha256 }: Download): string {
  return `/opt/hardway/${name}-${version}-${sha256.slice(0, 12)}`;
}

/** One step that downloads and verifies all programs of a machine; none is in use before its service says so. */
export function fetchBinaries(
  name: string,
  { machine, binaries }: { readonly machine: Machine; readonly binaries: Binaries },
  opts: StepOptions,
): command.Command {
  const run = commandLine("/usr/local/lib/hardway/fetch-binaries.sh");
  return step(name, { machine, run, stdin: binaries.bundle }, opts);
}
