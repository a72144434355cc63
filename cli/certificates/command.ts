import * as v from "valibot";
import { pulumi } from "../lib/pulumi.ts";
import { readFlags, requiredStack, UsageError } from "../lib/usage.ts";
import { expiriesOf, expiryText } from "./expiry.ts";

export const usage = `usage: npm run certificates -- --stack NAME [--days N] [--json]
  --stack NAME   the stack; $PULUMI_STACK otherwise
  --days N       fail when a certificate ends within so many days; 45 otherwise
  --json         for programs
exit code: 0 none ends so soon, 1 one does or has ended, 2 the stack could not be read`;

const standardDays = 45;

export interface CertificatesCommand {
  readonly stack: string;
  readonly days: number;
  readonly isJson: boolean;
}

/** @throws UsageError naming the argument and what to write */
export function parseCertificatesCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): CertificatesCommand {
  const flags = readFlags(argv, { values: ["stack", "days"], switches: ["json"] });
  const days = flags.days ?? String(standardDays);
  if (!/^\d{1,4}$/.test(days)) {
    throw new UsageError(
      `--days: not a number of days, got ${JSON.stringify(days)}; write ${standardDays}`,
    );
  }
  return {
    stack: requiredStack(flags.stack, env),
    days: Number(days),
    isJson: flags.json === true,
  };
}

const outputs = v.looseObject({
  certificates: v.record(v.string(), v.pipe(v.string(), v.isoTimestamp())),
  // A stack of before there were any has no such output.
  selfRenewingCertificates: v.optional(v.array(v.string()), []),
});

/** What a stack says of its certificates. */
export interface CertificatesOutput {
  /** When each ends, RFC 3339, by its name. */
  readonly certificates: Readonly<Record<string, string>>;
  /** Names of those that are renewed by who has them; when they end, the state does not know. */
  readonly selfRenewingCertificates: readonly string[];
}

/**
 * Says when the certificates of a stack's cluster end, from its outputs: from the state alone, so that it can be asked when
 * nothing else answers. 1 while one ends within `days`.
 */
export async function certificates(
  { stack, days, isJson }: CertificatesCommand,
  dir: string,
  now = new Date(),
): Promise<number> {
  const args = ["stack", "output", "--json", "--non-interactive", "--stack", stack];
  const text = await pulumi(dir, args);
  const { certificates: ends, selfRenewingCertificates: selfRenewing } = readOutput(stack, text);
  const all = expiriesOf(ends, now);
  const soon = all.filter((it) => it.daysLeft < days);
  console.log(
    isJson
      ? JSON.stringify({ stack, certificates: all, selfRenewing }, undefined, 2)
      : expiryText(all, { stack, days, selfRenewing }),
  );
  return soon.length > 0 ? 1 : 0;
}

/** @throws Error when it is not what this program exports */
export function readOutput(stack: string, text: string): CertificatesOutput {
  const read = v.safeParse(outputs, JSON.parse(text));
  if (!read.success || Object.keys(read.output.certificates).length === 0) {
    throw new Error(
      `${stack}: its output "certificates" is not a list of dates; is it a stack of this program, and was \`pulumi up\` run?`,
    );
  }
  return read.output;
}
