import { sha256 } from "../lib/hash.ts";

/** Most characters that Linode takes for the label of each kind of thing, and for a tag. */
export const linodeLimits = { instance: 50, firewall: 32, vpc: 64, tag: 50 } as const;

/**
 * A name for a cloud that allows no more than `limit` characters and no two dashes in a row. A name that is neither
 * too long nor has such dashes stays as it is; any other is cut and ends in a hash of the whole of it, so that two
 * clusters never come to share a label.
 * @param name - a DNS label, or several joined by dashes
 * @param limit - 12 or more
 * @see https://techdocs.akamai.com/linode-api/reference/post-linode-instance
 */
export function cloudLabel(name: string, limit: number): string {
  const plain = name.replaceAll(/-{2,}/g, "-");
  if (plain === name && name.length <= limit) return name;
  const end = `-${sha256(name).slice(0, 8)}`;
  return `${plain.slice(0, limit - end.length).replace(/-$/, "")}${end}`;
}
