import type * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { bundle } from "../lib/bundle.ts";
import { commandLine } from "../lib/shell.ts";
import type { Machine } from "../providers/machine.ts";
import { step, type InputFile, type StepOptions } from "./step.ts";

/** One step that writes a machine's certificates, keys and other secret files; its whole input is secret. */
export function putSecretFiles(
  name: string,
  { machine, files }: { readonly machine: Machine; readonly files: readonly InputFile[] },
  opts: StepOptions,
): command.Command {
  return step(
    name,
    {
      machine,
      run: commandLine("/usr/local/lib/hardway/put-files.sh"),
      stdin: pulumi.secret(pulumi.output(files).apply((contents) => bundle({ files: contents }))),
    },
    opts,
  );
}
