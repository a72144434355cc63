import * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { projectPath } from "../lib/assets.ts";
import type { Machine } from "../providers/machine.ts";
import { connectionTo, type StepOptions } from "./step.ts";

export interface CopyArgs {
  readonly machine: Pick<Machine, "connection" | "deletedWith">;
  /** The file on the machine that runs Pulumi, absolute or relative to the project; null: it is there already. */
  readonly source: string | null;
  /** Its path on the host, in a directory that belongs to the login's user. */
  readonly path: string;
}

/**
 * Puts a file on a machine that is too large for a bundle: the stack's state has its path and hash, and not what is in it. It is
 * written as the login's user, whom no `sudo` helps here, for everybody to read: its directory must be closed.
 * @see https://www.pulumi.com/registry/packages/command/api-docs/remote/copytoremote/
 */
export function copyFile(
  name: string,
  { machine, source, path }: CopyArgs,
  opts: StepOptions,
): pulumi.Resource {
  return new command.CopyToRemote(
    name,
    {
      connection: connectionTo(machine.connection),
      source:
        source === null
          ? new pulumi.asset.StringAsset("there already") // an empty one the SDK cannot read back
          : new pulumi.asset.FileAsset(projectPath(source)),
      remotePath: path,
      // Another machine is no reason for the plugin to copy it again.
      triggers: [machine.deletedWith.id],
    },
    pulumi.mergeOptions(opts, {
      deletedWith: machine.deletedWith,
      // Nothing of it is looked at again: the file may be gone from here, and has done its work there.
      ...(source === null ? { ignoreChanges: ["*"] } : {}),
    }),
  );
}
