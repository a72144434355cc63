import { createPublicKey, type KeyObject } from "node:crypto";
import { copyFile, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "../../lib/cache.ts";
import type { Lab } from "../../lib/paths.ts";
import { publishedDir } from "../../mirror/publish.ts";
import { decodePem } from "../../plugins/tls/pem.ts";
import { issueCertificate, parseCertificate } from "../../plugins/tls/certificate.ts";
import { generatePrivateKey } from "../../plugins/tls/keys.ts";
import { alternativeNames, distinguishedName } from "../../plugins/tls/names.ts";

/** Ten years: labs are to work as long as their checkout. */
const validityPeriodHours = 10 * 365 * 24;

/** Name of the published certificate authority. */
export const authorityName = "acme-ca.pem";

/** What a lab's ACME server runs from, inside the lab's state directory. */
export function acmeDir(lab: Pick<Lab, "stateDir">): string {
  return join(lab.stateDir, "acme");
}

/**
 * Lays out what the lab's ACME server needs, and publishes the authority of its own certificate for the stack.
 * @param toolDir - directory with `bin/pebble` and `bin/pebble-challtestsrv`
 * @param address - at which it answers
 */
export async function prepareAcme(
  lab: Pick<Lab, "stateDir">,
  toolDir: string,
  address: string,
): Promise<void> {
  const identity = await cached("acme", `identity-${address}`, (dir) => makeIdentity(dir, address));
  const dir = acmeDir(lab);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of ["cert.pem", "key.pem"]) {
    await copyFile(join(identity, name), join(dir, name));
  }
  await rm(join(dir, "bin.draft"), { force: true });
  await symlink(join(toolDir, "bin"), join(dir, "bin.draft"));
  await rename(join(dir, "bin.draft"), join(dir, "bin"));
  await mkdir(publishedDir, { recursive: true });
  const authority = join(publishedDir, authorityName);
  await copyFile(join(identity, "ca.pem"), `${authority}.draft`);
  await rename(`${authority}.draft`, authority);
}

/** One for all labs of this user, so that the file which the stack's config names fits each of them. */
export async function makeIdentity(dir: string, address: string): Promise<void> {
  const [authorityKey, key] = await Promise.all([newKey(), newKey()]);
  const authority = issue({
    commonName: "hardway lab acme ca",
    key: authorityKey,
    signer: authorityKey,
    isCaCertificate: true,
    allowedUses: ["cert_signing", "digital_signature"],
  });
  const certificate = issue({
    commonName: "hardway lab acme",
    key,
    signer: authorityKey,
    authority,
    addresses: [address],
    isCaCertificate: false,
    allowedUses: ["digital_signature", "server_auth"],
  });
  await writeFile(join(dir, "ca.pem"), authority);
  await writeFile(join(dir, "cert.pem"), certificate);
  const pem = key.export({ type: "pkcs8", format: "pem" });
  await writeFile(join(dir, "key.pem"), pem, { mode: 0o600 });
  // the authority's key is kept nowhere: it signs nothing else
}

const newKey = (): Promise<KeyObject> =>
  generatePrivateKey({ algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 2048 });

interface Wish {
  readonly commonName: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  /** PEM; left out: signed by itself. */
  readonly authority?: string;
  readonly addresses?: readonly string[];
  readonly isCaCertificate: boolean;
  readonly allowedUses: readonly string[];
}

function issue({ commonName, key, authority, addresses = [], ...wish }: Wish): string {
  const issuer =
    authority === undefined ? null : parseCertificate(decodePem(authority, "CERTIFICATE"));
  const { certPem } = issueCertificate({
    ...wish,
    subject: distinguishedName({ commonName }),
    names: alternativeNames({ ipAddresses: addresses }),
    publicKey: createPublicKey(key),
    issuer,
    notBefore: new Date(Date.now() - 3_600_000), // clocks differ
    validityPeriodHours,
    maxPathLength: undefined,
    setSubjectKeyId: true,
    setAuthorityKeyId: false,
  });
  return certPem;
}
