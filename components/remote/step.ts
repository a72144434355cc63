import * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { HostFile } from "../lib/bundle.ts";
import { firstOf } from "../lib/first.ts";
import { commandLine } from "../lib/shell.ts";
import type { Machine, SshConnection } from "../providers/machine.ts";

/** A file on a host whose content may not be known yet. */
export type InputFile = Omit<HostFile, "content"> & { readonly content: pulumi.Input<string> };

/** Options of a step: it always belongs to a component. */
export type StepOptions = pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource };

export interface StepArgs {
  readonly machine: Pick<Machine, "connection" | "sudo"> & Partial<Pick<Machine, "deletedWith">>;
  /**
   * One command with its arguments, without secrets: it is printed whole when it fails. Run again whenever an input
   * changes, unless `onUpdate` runs then.
   */
  readonly run: pulumi.Input<string>;
  /**
   * What runs instead when an input of a step that was done changes, e.g. to drain a Node for an upgrade, which a new one
   * needs not; it reads the same stdin.
   * @default - `run`
   */
  readonly onUpdate?: pulumi.Input<string>;
  /** What the command reads; secret if any of it is, and then no part of it shows in a diff. */
  readonly stdin?: pulumi.Input<string>;
  /**
   * What runs when the step is deleted and its machine stays, e.g. because what it made is no longer wanted; it reads the
   * same stdin.
   * @default - nothing
   */
  readonly onDelete?: string;
  /** Texts; with another one the step is done anew, and `onDelete` runs afterwards where it was done before. */
  readonly replaceWhen?: readonly pulumi.Input<string>[];
  /** Whether what it prints on stdout is for the person at the terminal. @default false */
  readonly streamsStdout?: boolean;
  /** How often and how long to try to connect. */
  readonly dial?: Dial;
}

/** How long a host may take to answer. */
export interface Dial {
  /**
   * How often to try, about once in five seconds. @default 40: a host that still boots is waited for, since a resize of
   * its machine may come before any step; one that is gone is named after 161 seconds where its connections are refused,
   * and after six minutes where nothing answers
   */
  readonly dialErrorLimit?: number;
  /** Seconds for one try. @default 5 */
  readonly perDialTimeout?: number;
}

const defaultDial: Dial = { dialErrorLimit: 40, perDialTimeout: 5 };

/**
 * For a step that is the cluster's: whichever machine is the first does it, and the step stays when that machine goes.
 * @throws Error when there is none
 */
export function onFirst(machines: readonly Machine[]): StepArgs["machine"] {
  const { connection, sudo } = firstOf(machines);
  return { connection, sudo };
}

/**
 * One step on one machine: an idempotent script that can be cut off anywhere and run again.
 *
 * It runs when it is new, when its machine is another and, in place, whenever its inputs change. Nothing runs on
 * deletion, unless it says so: the machine goes as a whole.
 * @see https://www.pulumi.com/registry/packages/command/api-docs/remote/command/
 */
export function step(name: string, args: StepArgs, opts: StepOptions): command.Command {
  const {
    machine,
    run,
    onUpdate,
    stdin,
    onDelete,
    replaceWhen = [],
    streamsStdout = false,
    dial,
  } = args;
  const { deletedWith } = machine;
  // A machine made anew may have the name, the address and the keys of the one before it, and has nothing on it. What is
  // undone is not done anew for that: a worker would be drained because its control plane has another machine.
  const isDoneAnew = deletedWith !== undefined && onDelete === undefined;
  const replacedWith = [...(isDoneAnew ? [deletedWith.id] : []), ...replaceWhen];
  return new command.Command(
    name,
    {
      connection: connectionTo(machine.connection, dial),
      create: pulumi.output(run).apply((line) => asRoot(machine, line)),
      ...(onUpdate === undefined
        ? {}
        : { update: pulumi.output(onUpdate).apply((line) => asRoot(machine, line)) }),
      ...(stdin === undefined ? {} : { stdin }),
      ...(onDelete === undefined ? {} : { delete: asRoot(machine, onDelete) }),
      ...(replacedWith.length === 0 ? {} : { triggers: replacedWith }),
      // Otherwise output lines, and with them whatever a failing tool prints, appear in the log.
      logging: streamsStdout ? "stdout" : "none",
      // sshd refuses variables it does not know.
      addPreviousOutputInEnv: false,
    },
    deletedWith === undefined ? opts : pulumi.mergeOptions(opts, { deletedWith }),
  );
}

/** The one command that a script of several lines is. */
export function scriptCommand({ sudo }: Pick<Machine, "sudo">, script: string): string {
  return sudo ? commandLine("sh", "-c", script) : script;
}

/** `sudo` hands stdin on, needs no terminal and, with -n, asks nothing. */
function asRoot({ sudo }: Pick<Machine, "sudo">, line: string): string {
  return sudo ? `sudo -n ${line}` : line;
}

/** How the plugin connects to a machine. */
export function connectionTo({ proxy, ...connection }: SshConnection, own: Dial = {}) {
  const dial = { ...defaultDial, ...own };
  return {
    ...connection,
    ...dial,
    ...(proxy === undefined ? {} : { proxy: { ...proxy, ...dial } }),
  };
}
