import type * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { bundle } from "../lib/bundle.ts";
import { commandLine } from "../lib/shell.ts";
import type { Machine } from "../providers/machine.ts";
import { step, type InputFile, type StepOptions } from "./step.ts";

/** A certificate, key or other secret file, and how the units that read it get to know of a change. */
export interface SecretFile extends InputFile {
  /** What it is, e.g. "etcd CA": the reason that a plan shows when a unit restarts for it. */
  readonly what: string;
  /** Public text that is another whenever the file is: of a certificate itself, of a key its certificate. */
  readonly shownBy: pulumi.Input<string>;
  /** Whether its services read it again by themselves when it changes, so that they do not restart for it. @default false */
  readonly isReread?: boolean;
}

/** A certificate and its key. */
export interface PemPair {
  readonly certPem: pulumi.Input<string>;
  /** Secret. */
  readonly keyPem: pulumi.Input<string>;
}

/** A file that everybody on the machine may read: a certificate, several of them or a public key. */
export function publicFile(what: string, path: string, content: pulumi.Input<string>): SecretFile {
  return { what, path, content, shownBy: content };
}

/**
 * `<stem>.crt` and, readable by one user alone, `<stem>.key`: a service's own certificate. All of ours read theirs again by
 * themselves: docs/certificates.md.
 * @param user - and its group, which has the same name
 */
export function pairFiles(what: string, stem: string, pair: PemPair, user = "root"): SecretFile[] {
  return [
    { ...publicFile(what, `${stem}.crt`, pair.certPem), isReread: true },
    {
      what,
      path: `${stem}.key`,
      content: pair.keyPem,
      mode: "0600",
      owner: `${user}:${user}`,
      shownBy: pair.certPem,
      isReread: true,
    },
  ];
}

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
