import { chmod, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { readOperator } from "../lib/operator.ts";
import { readFlags, requiredStack, UsageError } from "../lib/usage.ts";
import { certificateFor } from "./certificate.ts";
import { personsKubeconfig } from "./person.ts";
import { checkGroup, checkUser } from "./names.ts";
import { newRequest } from "./request.ts";

/** A certificate cannot be called back, so it must not live long. */
const maxDays = 90;
const standardDays = 30;

export const usage = `usage: npm run --silent kubeconfig -- --stack NAME --user NAME [--group NAME]... [--days N] [--out FILE]
  --stack NAME   the stack; $PULUMI_STACK otherwise
  --user NAME    who it is for, e.g. alice or alice@example.com
  --group NAME   a group, for which a RoleBinding can say what it may do; may be repeated
  --days N       how long it is good for, ${maxDays} at most; ${standardDays} otherwise
  --out FILE     write it there, readable by you alone, instead of printing it
exit code: 0 made, 1 not`;

export interface KubeconfigCommand {
  readonly stack: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly days: number;
  readonly out: string | undefined;
}

/** @throws UsageError naming the argument and what to write */
export function parseKubeconfigCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): KubeconfigCommand {
  const flags = readFlags(argv, {
    values: ["stack", "user", "days", "out"],
    lists: ["group"],
    switches: [],
  });
  const { user, group: groups = [], days = String(standardDays), out } = flags;
  if (user === undefined) throw new UsageError("--user: missing; write --user NAME");
  checkUser(user);
  groups.forEach(checkGroup);
  if (!/^[1-9]\d{0,3}$/.test(days) || Number(days) > maxDays) {
    throw new UsageError(
      `--days: not between 1 and ${maxDays}, got ${JSON.stringify(days)}; write ${standardDays}`,
    );
  }
  return { stack: requiredStack(flags.stack, env), user, groups, days: Number(days), out };
}

/** Where the program is, and where the command was started: files are relative to that. */
export interface Directories {
  readonly project: string;
  readonly caller: string;
}

/** Makes a kubeconfig for a person, whose key is made here and leaves this machine only in it. */
export async function kubeconfigFor(
  { stack, user, groups, days, out }: KubeconfigCommand,
  { project, caller }: Directories,
): Promise<number> {
  const operator = await readOperator(stack, project);
  const { keyPem, requestPem } = await newRequest({ user, groups });
  const { certificatePem, end } = await certificateFor(operator, { user, requestPem, days });
  const text = personsKubeconfig(operator, { user, certificatePem, keyPem });
  if (out === undefined) process.stdout.write(text);
  else await writePrivately(resolve(caller, out), text);
  const who = groups.length === 0 ? user : `${user} (${groups.join(", ")})`;
  console.error(`${who}: good until ${end.toISOString()}`);
  return 0;
}

/** A file that was there keeps its mode when it is written. */
async function writePrivately(path: string, text: string): Promise<void> {
  await writeFile(path, "", { mode: 0o600 });
  await chmod(path, 0o600);
  await writeFile(path, text);
}
