import type { BackupsSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import { checkRange } from "./number-range.ts";
import type { Draft } from "./schema.ts";

export function checkBackups({ backups = {} }: Draft, problems: Problems): BackupsSpec {
  const { enabled = true, keep = 48 } = backups;
  checkRange("backups.keep", keep, [1, 1000], problems);
  return { isEnabled: enabled, keep };
}
