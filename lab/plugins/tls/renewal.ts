import type { PropertyMap } from "../lib/values.ts";

const hourMs = 3_600_000;

/**
 * True when the certificate has ended, or ends in no more than `earlyRenewalHours`. The official provider then
 * plans `readyForRenewal` as unknown, which replaces the resource, even if nothing else changed.
 */
export function isInRenewalWindow(properties: PropertyMap, now: Date): boolean {
  const { validityEndTime: end, earlyRenewalHours: early } = properties;
  if (typeof end !== "string") return false;
  const earlyHours = typeof early === "number" ? early : 0;
  return Date.parse(end) - earlyHours * hourMs <= now.getTime();
}

/** What is planned without a look at the clock: a certificate that is due from its first moment says so. */
export function plannedReadiness(inputs: PropertyMap): boolean {
  const { validityPeriodHours: period, earlyRenewalHours: early } = inputs;
  if (period === 0) return true;
  return typeof period === "number" && typeof early === "number" && early >= period;
}
