import type * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import { bundle, type HostFile, type HostLink } from "../lib/bundle.ts";
import { commandLine } from "../lib/shell.ts";
import { sha256 } from "../lib/hash.ts";
import type { Machine } from "../providers/machine.ts";
import { step, type InputFile, type StepOptions } from "./step.ts";

export interface UnitArgs {
  readonly machine: Machine;
  /** Name of the unit, and of its file under assets/units, e.g. "etcd.service". */
  readonly unit: string;
  /** Answers with a 2xx status once the service works; undefined when the unit says so itself (Type=notify). */
  readonly healthUrl?: pulumi.Input<string>;
  /** Path of the certificate and key, without their endings, with which `healthUrl` must be asked. */
  readonly healthIdentity?: string;
  /** The programs it runs. */
  readonly links: readonly HostLink[];
  /** What it reads, besides certificates and keys. No secrets: they would hide the rest from a reviewer. */
  readonly files: readonly InputFile[];
  /** Public texts that are already on the host, e.g. certificates: the service restarts when one changes. */
  readonly restartOn?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * One systemd unit that runs as its files say. It restarts when, and only when, its unit, files, programs or
 * certificates changed, and the step ends only when the service is healthy.
 */
export function runUnit(
  name: string,
  { machine, unit, healthUrl = "-", healthIdentity, links, files, restartOn = {} }: UnitArgs,
  opts: StepOptions,
): command.Command {
  const unitFile: HostFile = {
    path: `/etc/systemd/system/${unit}`,
    content: readAsset(`units/${unit}`),
  };
  const identity = healthIdentity === undefined ? [] : [healthIdentity];
  return step(
    name,
    {
      machine,
      run: pulumi
        .output(healthUrl)
        .apply((url) => commandLine("/usr/local/lib/hardway/run-unit.sh", unit, url, ...identity)),
      stdin: pulumi.all([files, restartOn]).apply(([contents, texts]) =>
        bundle({
          because: Object.entries(texts).map(([what, text]) => `${what} ${sha256(text)}`),
          links,
          files: [unitFile, ...contents],
        }),
      ),
    },
    opts,
  );
}
