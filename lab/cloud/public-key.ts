import { createHash } from "node:crypto";

/**
 * The fingerprint of an OpenSSH public key (type, base64 blob that begins with the same type, optional comment):
 * MD5 of the blob, in colon form.
 * @returns null when it is no key
 */
export function fingerprintOf(publicKey: string): string | null {
  const [type = "", blob = ""] = publicKey.trim().split(/\s+/);
  const bytes = Buffer.from(blob, "base64");
  const length = bytes.length > 4 ? bytes.readUInt32BE(0) : 0;
  if (type === "" || bytes.subarray(4, 4 + length).toString("latin1") !== type) return null;
  const digest = createHash("md5").update(bytes).digest("hex");
  return digest.replaceAll(/..(?!$)/g, "$&:");
}
