import * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { HostFile } from "../lib/bundle.ts";
import type { Machine } from "../providers/machine.ts";

/** A file on a host whose content may not be known yet. */
export type InputFile = Omit<HostFile, "content"> & { readonly content: pulumi.Input<string> };

/** Options of a step: it always belongs to a component. */
export type StepOptions = pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource };

export interface StepArgs {
  readonly machine: Machine;
  /** The command line, without secrets: it is printed whole when it fails. Run again whenever an input changes. */
  readonly run: pulumi.Input<string>;
  /** What the command reads; secret if any of it is, and then no part of it shows in a diff. */
  readonly stdin?: pulumi.Input<string>;
  /**
   * What runs when the step is deleted and its machine stays, e.g. because what it made is no longer wanted.
   * @default - nothing
   */
  readonly onDelete?: string;
  /**
   * How often to try to connect, about once in five seconds; for a machine that may still boot.
   * @default 10, about 11 seconds
   */
  readonly dialErrorLimit?: number;
}

/**
 * One step on one machine: an idempotent script that can be cut off anywhere and run again.
 *
 * It runs when it is new and, in place, whenever its inputs change. Nothing runs on deletion, unless it says so: the
 * machine goes as a whole.
 * @see https://www.pulumi.com/registry/packages/command/api-docs/remote/command/
 */
export function step(
  name: string,
  { machine, run, stdin, onDelete, dialErrorLimit = 10 }: StepArgs,
  opts: StepOptions,
): command.Command {
  return new command.Command(
    name,
    {
      connection: { ...machine.connection, dialErrorLimit },
      create: run,
      ...(stdin === undefined ? {} : { stdin }),
      ...(onDelete === undefined ? {} : { delete: onDelete }),
      // Otherwise output lines, and with them whatever a failing tool prints, appear in the log.
      logging: "none",
      // sshd refuses variables it does not know.
      addPreviousOutputInEnv: false,
    },
    pulumi.mergeOptions(opts, { deletedWith: machine.deletedWith }),
  );
}
