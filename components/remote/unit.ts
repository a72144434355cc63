import type * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import { bundle, type HostFile, type HostLink } from "../lib/bundle.ts";
import { commandLine } from "../lib/shell.ts";
import { sha256 } from "../lib/hash.ts";
import type { Machine } from "../providers/machine.ts";
import type { SecretFile } from "./secret-files.ts";
import { step, type InputFile, type StepOptions } from "./step.ts";

export interface UnitArgs {
  readonly machine: Machine;
  /** Name of the unit that is enabled and started, and of its file under assets/units: a service or a timer. */
  readonly unit: string;
  /** Other units beside it that it starts, e.g. the service of a timer. @default - none */
  readonly companions?: readonly string[];
  /**
   * Tells that it works: the URL answers with a 2xx status.
   * @default - systemd knows: a service says so itself (Type=notify), a timer has a next time
   */
  readonly healthUrl?: pulumi.Input<string>;
  /** Tells that it works, instead of `healthUrl`: this program on the host succeeds with these arguments. */
  readonly healthCheck?: readonly [program: string, ...args: pulumi.Input<string>[]];
  /** The programs it runs. */
  readonly links: readonly HostLink[];
  /** What it reads, besides certificates and keys. No secrets: they would hide the rest from a reviewer. */
  readonly files: readonly InputFile[];
  /**
   * The secret files that other steps wrote on this machine, whoever reads them. Those whose paths stand in the unit or in
   * its files are its reasons to restart, unless it reads them again by itself.
   */
  readonly secretFiles: readonly SecretFile[];
  /** What else makes it restart when it changes: whatever it remembers of that is wrong then. @default - nothing */
  readonly because?: readonly string[];
  /**
   * Paths of its files and of secret files that it takes over when systemd tells it to reload (`ExecReload=`), which is what
   * happens when nothing else changed.
   * @default - none
   */
  readonly takenOver?: readonly string[];
}

/**
 * One systemd unit, and its companions, that run as their files say. It restarts when, and only when, its unit, files, programs or
 * the secret files that they name changed, and the step ends only when the service is healthy.
 */
export function runUnit(name: string, args: UnitArgs, opts: StepOptions): command.Command {
  const { machine, unit, companions = [], links, secretFiles } = args;
  const { takenOver = [], because = [] } = args;
  const unitFiles = [unit, ...companions].map((it): HostFile => ({
    path: `/etc/systemd/system/${it}`,
    content: readAsset(`units/${it}`),
  }));
  const reasons = secretFiles
    .filter(({ isReread = false }) => !isReread)
    .map(({ path, what, shownBy }) => ({ path, what, shownBy }));
  const check = pulumi.all([...(args.healthCheck ?? [args.healthUrl ?? "-"])]);
  return step(
    name,
    {
      machine,
      run: check.apply((words) =>
        commandLine("/usr/local/lib/hardway/run-unit.sh", unit, ...words),
      ),
      stdin: pulumi.all([args.files, reasons]).apply(([contents, secrets]) => {
        const own = [...unitFiles, ...contents];
        const part = (isTakenOver: boolean) => {
          const isPart = ({ path }: { path: string }) => takenOver.includes(path) === isTakenOver;
          return { because: reasonsOf(own, secrets.filter(isPart)), files: own.filter(isPart) };
        };
        const { because: shown, files } = part(false);
        return bundle({
          because: [...because, ...shown],
          files,
          links,
          ...(takenOver.length === 0 ? {} : { onReload: part(true) }),
        });
      }),
    },
    opts,
  );
}

type Reason = pulumi.Unwrap<Pick<SecretFile, "path" | "what" | "shownBy">>;

/** Every secret that one of the files names, by what it is and the hash of what shows it. */
function reasonsOf(files: readonly HostFile[], secrets: readonly Reason[]): string[] {
  const named = secrets.filter(({ path }) => files.some(({ content }) => names(content, path)));
  return [...new Set(named.map(({ what, shownBy }) => `${what} ${sha256(shownBy)}`))];
}

/** Whether a path, and not the beginning of a longer one, stands in a text. */
function names(text: string, path: string): boolean {
  return text.split(path).some((rest, index) => index > 0 && !/^[\w.-]/.test(rest));
}
