import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { issueCertificate, parseCertificate } from "../../tls/certificate.ts";
import { alternativeNames, distinguishedName } from "../../tls/names.ts";
import { decodePem } from "../../tls/pem.ts";

/** PEM of a certificate and its key. */
export interface TestPair {
  readonly cert: string;
  readonly key: string;
}

/** A CA of a test, a server certificate for 127.0.0.1 and a client certificate, all valid for an hour. */
export function testCerts(): {
  readonly ca: string;
  readonly server: TestPair;
  readonly client: TestPair;
} {
  const caKey = newKey();
  const notBefore = new Date(Date.now() - 60_000);
  const issue = (commonName: string, key: KeyObject, caPem: string | null): string =>
    issueCertificate({
      subject: distinguishedName({ commonName }),
      names: alternativeNames(caPem === null ? {} : { ipAddresses: ["127.0.0.1"] }),
      publicKey: createPublicKey(key),
      signer: caKey,
      issuer: caPem === null ? null : parseCertificate(decodePem(caPem, "CERTIFICATE")),
      notBefore,
      validityPeriodHours: 1,
      allowedUses: caPem === null ? ["cert_signing"] : ["server_auth", "client_auth"],
      isCaCertificate: caPem === null,
      maxPathLength: undefined,
      setSubjectKeyId: true,
      setAuthorityKeyId: true,
    }).certPem;
  const ca = issue("test-ca", caKey, null);
  const pair = (commonName: string): TestPair => {
    const key = newKey();
    const text = key.export({ type: "pkcs8", format: "pem" }).toString();
    return { cert: issue(commonName, key, ca), key: text };
  };
  return { ca, server: pair("server"), client: pair("admin") };
}

function newKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}
