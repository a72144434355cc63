import type { Plugin } from "../lib/plugin.ts";
import { sdkVersion } from "../lib/versions.ts";
import { command } from "./command.ts";

/** Stands in for pulumi-command: `remote.Command` only. */
export const commandPlugin: Plugin = {
  name: "command",
  version: sdkVersion("command"),
  resources: { "command:remote:Command": command },
};
