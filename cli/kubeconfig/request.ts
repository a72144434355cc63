import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runWell } from "../lib/run.ts";

/** A key, and the request to certify it. */
export interface KeyAndRequest {
  /** Secret. */
  readonly keyPem: string;
  readonly requestPem: string;
}

/**
 * A new key and a signing request for it. Node makes keys but no requests, and what a library for that brings is a dozen packages:
 * openssl is there wherever ssh is, and reads the key from a file in a directory of its own for that moment.
 * @param who - names as `checkUser` and `checkGroup` let pass: they need no escape in a subject
 */
export async function newRequest(who: {
  readonly user: string;
  readonly groups: readonly string[];
}): Promise<KeyAndRequest> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const subject = [...who.groups.map((group) => `/O=${group}`), `/CN=${who.user}`].join("");
  const dir = await mkdtemp(join(tmpdir(), "hardway-key-"));
  try {
    await writeFile(join(dir, "key"), keyPem, { mode: 0o600 });
    const args = ["req", "-new", "-sha256", "-key", "key", "-subj", subject];
    return { keyPem, requestPem: await runWell("openssl", args, { cwd: dir }) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
