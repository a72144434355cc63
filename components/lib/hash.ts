import { createHash } from "node:crypto";

/** The SHA-256 of a text or of bytes, as 64 hex digits. */
export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** 32 bytes derived from a text by SHA-256, in base64; as secret as the text is. */
export function sha256Base64(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
