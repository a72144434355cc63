import { table } from "../lib/table.ts";

/** When a certificate ends. */
export interface Expiry {
  readonly name: string;
  /** RFC 3339. */
  readonly ends: string;
  /** Whole days; negative once it has ended. */
  readonly daysLeft: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** The certificates, those that end first before the others. */
export function expiriesOf(ends: Readonly<Record<string, string>>, now: Date): readonly Expiry[] {
  return Object.entries(ends)
    .map(([name, end]) => ({
      name,
      ends: end,
      daysLeft: Math.floor((Date.parse(end) - now.getTime()) / dayMs),
    }))
    .sort((a, b) => a.daysLeft - b.daysLeft || a.name.localeCompare(b.name, "en"));
}

export interface ExpiryTextArgs {
  readonly stack: string;
  readonly days: number;
  /** Names of certificates that nobody needs to renew. */
  readonly selfRenewing: readonly string[];
}

/** For people: those that end soon, and what to do; else the first of all. */
export function expiryText(
  all: readonly Expiry[],
  { stack, days, selfRenewing }: ExpiryTextArgs,
): string {
  const soon = all.filter(({ daysLeft }) => daysLeft < days);
  const [first] = all;
  const others =
    selfRenewing.length === 0 ? [] : [`renewed by kubelet itself: ${selfRenewing.join(", ")}`];
  if (soon.length === 0) {
    return [
      `stack ${stack}: ${all.length} certificates, none ends within ${days} days; the first is ${first?.name}, in ${first?.daysLeft} days (${first?.ends})`,
      ...others,
    ].join("\n");
  }
  const rows = soon.map(({ name, ends, daysLeft }) => [name, ends, whenOf(daysLeft)]);
  const hasEnded = soon.some(({ daysLeft }) => daysLeft < 0);
  return [
    ...table([["CERTIFICATE", "ENDS", ""], ...rows]),
    "",
    hasEnded
      ? `stack ${stack}: too late for some; docs/certificates.md says what to do`
      : `stack ${stack}: run \`pulumi up\`, which renews what is in the last third of its life`,
    ...others,
  ].join("\n");
}

function whenOf(daysLeft: number): string {
  if (daysLeft < 0) return "has ended";
  return daysLeft === 0 ? "today" : `in ${daysLeft} ${daysLeft === 1 ? "day" : "days"}`;
}
