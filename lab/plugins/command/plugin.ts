import type { Plugin } from "../lib/plugin.ts";
import { sdkVersion } from "../lib/versions.ts";
import { command } from "./command.ts";
import { copyToRemote } from "./copy.ts";

/** Stands in for pulumi-command: `remote.Command`, and `remote.CopyToRemote` for one file. */
export const commandPlugin: Plugin = {
  name: "command",
  version: sdkVersion("command"),
  resources: { "command:remote:Command": command, "command:remote:CopyToRemote": copyToRemote },
};
