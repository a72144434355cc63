import { createPublicKey } from "node:crypto";
import { pem } from "../lib/openssh.ts";
import {
  algorithmOf,
  generatePrivateKey,
  hashForState,
  parsePrivateKey,
  privateKeyForms,
  publicKeyForms,
  type KeyWish,
} from "./keys.ts";
import type { AlternativeNames, Subject } from "./names.ts";
import { decodePem } from "./pem.ts";
import type { Make } from "./resource.ts";

/** What of a certificate's inputs is the same however it is signed; checked and with defaults by then. */
interface CertificateInputs {
  readonly allowedUses: readonly string[];
  readonly validityPeriodHours: number;
  readonly isCaCertificate: boolean;
  readonly maxPathLength?: number;
  readonly setSubjectKeyId: boolean;
}
interface Named extends AlternativeNames {
  readonly privateKeyPem: string;
  readonly subject?: Subject;
}

interface SelfSignedInputs extends Named, CertificateInputs {
  readonly setAuthorityKeyId: boolean;
}
interface LocallySignedInputs extends CertificateInputs {
  readonly caCertPem: string;
  readonly caPrivateKeyPem: string;
  readonly certRequestPem: string;
}

export const makePrivateKey: Make = async (inputs) => {
  const key = await generatePrivateKey(inputs as unknown as KeyWish);
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return { id: hashForState(spki), outputs: { ...privateKeyForms(key), ...publicKeyForms(key) } };
};

export const makeCertRequest: Make = async (inputs) => {
  const { createRequest } = await import("./request.ts");
  const { alternativeNames, distinguishedName } = await import("./names.ts");
  const wish = inputs as unknown as Named;
  const key = told("Failed to parse private key PEM", () => parsePrivateKey(wish.privateKeyPem));
  const der = createRequest(distinguishedName(wish.subject ?? {}), alternativeNames(wish), key);
  return {
    id: hashForState(der),
    outputs: { certRequestPem: pem("CERTIFICATE REQUEST", der), keyAlgorithm: algorithmOf(key) },
  };
};

export function makeSelfSignedCert(clock: () => Date): Make {
  return async (inputs) => {
    const { issueCertificate } = await import("./certificate.ts");
    const { alternativeNames, distinguishedName } = await import("./names.ts");
    const wish = inputs as unknown as SelfSignedInputs;
    const key = told("Failed to parse private key PEM", () => parsePrivateKey(wish.privateKeyPem));
    const { id, ...issued } = issueCertificate({
      ...wish,
      maxPathLength: wish.maxPathLength,
      subject: distinguishedName(wish.subject ?? {}),
      names: alternativeNames(wish),
      publicKey: createPublicKey(key),
      signer: key,
      issuer: null,
      notBefore: clock(),
    });
    return { id, outputs: { ...issued, keyAlgorithm: algorithmOf(key) } };
  };
}

export function makeLocallySignedCert(clock: () => Date): Make {
  return async (inputs, { log }) => {
    const { isAuthority, issueCertificate, parseCertificate } = await import("./certificate.ts");
    const { parseRequest } = await import("./request.ts");
    const wish = inputs as unknown as LocallySignedInputs;
    const requested = told("Failed to parse certificate request PEM", () =>
      parseRequest(decodePem(wish.certRequestPem, "CERTIFICATE REQUEST")),
    );
    const signer = told("Failed to parse CA private key PEM", () =>
      parsePrivateKey(wish.caPrivateKeyPem),
    );
    const issuer = told("Failed to parse CA certificate PEM", () =>
      parseCertificate(decodePem(wish.caCertPem, "CERTIFICATE")),
    );
    if (!isAuthority(issuer)) {
      log(
        "warning",
        "[WARNING] Certificate provided as Authority does not appear to be a valid Certificate Authority. " +
          "The resulting certificate might fail certificate validation.: Potentially Invalid Certificate Authority",
      );
    }
    const { id, ...issued } = issueCertificate({
      ...wish,
      ...requested,
      maxPathLength: wish.maxPathLength,
      signer,
      issuer,
      notBefore: clock(),
      setAuthorityKeyId: false,
    });
    return { id, outputs: { ...issued, caKeyAlgorithm: algorithmOf(signer) } };
  };
}

/** Puts the official provider's summary before what went wrong. */
function told<T>(summary: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${summary}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
