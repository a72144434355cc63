import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  KeyUsage,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
  type Name,
  type SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import { createHash, createPublicKey, randomBytes, sign, type KeyObject } from "node:crypto";
import { pem } from "../lib/openssh.ts";
import { extendedKeyUsages, keyUsages } from "./uses.ts";

/** Everything that decides what a certificate says. */
export interface CertificateWish {
  readonly subject: Name;
  readonly names: SubjectAlternativeName | null;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  /** Null: signed by itself. */
  readonly issuer: Certificate | null;
  readonly notBefore: Date;
  readonly validityPeriodHours: number;
  readonly allowedUses: readonly string[];
  readonly isCaCertificate: boolean;
  /** Undefined, -1 and, as in the official provider, 0: no limit. */
  readonly maxPathLength: number | undefined;
  readonly setSubjectKeyId: boolean;
  readonly setAuthorityKeyId: boolean;
}

export interface IssuedCertificate {
  readonly certPem: string;
  /** Serial number, in decimal. */
  readonly id: string;
  readonly validityStartTime: string;
  readonly validityEndTime: string;
}

/**
 * Makes a certificate as Go's x509.CreateCertificate does for the official provider.
 * @throws Error `<summary>: <detail>` in its words
 * @see https://github.com/hashicorp/terraform-provider-tls/blob/v4.2.1/internal/provider/common_cert.go
 */
export function issueCertificate(wish: CertificateWish): IssuedCertificate {
  const { issuer, signer } = wish;
  if (wish.isCaCertificate && wish.subject.length === 0) {
    throw new Error(
      "Invalid Certificate Subject: Must contain at least one Distinguished Name when creating Certificate Authority (CA)",
    );
  }
  if (!wish.isCaCertificate && (wish.maxPathLength ?? -1) > 0) {
    throw new Error(
      "Failed to create certificate: x509: only CAs are allowed to specify MaxPathLen",
    );
  }
  if (issuer && !matches(issuer, signer)) {
    throw new Error(
      "Failed to create certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
    );
  }
  const notAfter = new Date(wish.notBefore.getTime() + wish.validityPeriodHours * 3_600_000);
  const serial = randomBytes(16);
  const { algorithm, hash } = signatureOf(signer);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: positive(serial),
    signature: algorithm,
    issuer: issuer ? issuer.tbsCertificate.subject : wish.subject,
    validity: new Validity({ notBefore: wish.notBefore, notAfter }),
    subject: wish.subject,
    subjectPublicKeyInfo: publicKeyInfo(wish.publicKey),
    extensions: new Extensions(extensionsOf(wish)),
  });
  const signatureValue = buffer(
    sign(hash, Buffer.from(AsnConvert.serialize(tbsCertificate)), signer),
  );
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue,
  });
  return {
    certPem: pem("CERTIFICATE", new Uint8Array(AsnConvert.serialize(certificate))),
    id: BigInt(`0x${serial.toString("hex")}`).toString(),
    validityStartTime: wish.notBefore.toISOString(),
    validityEndTime: notAfter.toISOString(),
  };
}

/** Reads a certificate. */
export function parseCertificate(der: Buffer): Certificate {
  return AsnConvert.parse(der, Certificate);
}

/** False: the certificate does not say that it may sign others. */
export function isAuthority(certificate: Certificate): boolean {
  const value = extensionValue(certificate, id_ce_basicConstraints);
  return value !== undefined && AsnConvert.parse(value, BasicConstraints).cA;
}

/** How a key signs, by Go's choice of hash. */
export function signatureOf(key: KeyObject): {
  readonly algorithm: AlgorithmIdentifier;
  readonly hash: string | null;
} {
  if (key.asymmetricKeyType === "rsa") {
    const algorithm = new AlgorithmIdentifier({
      algorithm: "1.2.840.113549.1.1.11",
      parameters: null,
    });
    return { algorithm, hash: "sha256" };
  }
  if (key.asymmetricKeyType === "ed25519") {
    return { algorithm: new AlgorithmIdentifier({ algorithm: "1.3.101.112" }), hash: null };
  }
  const bits =
    { secp384r1: 384, secp521r1: 512 }[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? 256;
  const algorithm = `1.2.840.10045.4.3.${{ 256: 2, 384: 3, 512: 4 }[bits] ?? 2}`;
  return { algorithm: new AlgorithmIdentifier({ algorithm }), hash: `sha${bits}` };
}

/** A public key as certificates and requests carry it. */
export function publicKeyInfo(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(spki(key), SubjectPublicKeyInfo);
}

/** The library's byte type, of exactly these bytes. */
export function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** In the order in which Go writes them. */
function extensionsOf(wish: CertificateWish): Extension[] {
  const usage = wish.allowedUses.reduce((bits, use) => bits | (keyUsages[use] ?? 0), 0);
  const extended = wish.allowedUses.flatMap((use) => extendedKeyUsages[use] ?? []);
  const subjectKeyId = keyId(wish.publicKey);
  const hasKeyId = wish.isCaCertificate || wish.setSubjectKeyId;
  const authorityKeyId = authorityKeyIdOf(wish, hasKeyId ? subjectKeyId : undefined);
  const constraints = new BasicConstraints({
    cA: wish.isCaCertificate,
    ...((wish.maxPathLength ?? 0) > 0 && { pathLenConstraint: wish.maxPathLength ?? 0 }),
  });
  return [
    usage !== 0 && extension(id_ce_keyUsage, new KeyUsage(usage), true),
    extended.length > 0 && extension(id_ce_extKeyUsage, new ExtendedKeyUsage(extended)),
    extension(id_ce_basicConstraints, constraints, true),
    hasKeyId && extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(subjectKeyId)),
    authorityKeyId !== undefined &&
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(authorityKeyId) }),
      ),
    wish.names !== null && extension(id_ce_subjectAltName, wish.names, wish.subject.length === 0),
  ].filter((entry) => entry !== false);
}

/** Go adds the issuer's key id by itself when it has one and the names differ. */
function authorityKeyIdOf(
  wish: CertificateWish,
  own: ArrayBuffer | undefined,
): ArrayBuffer | undefined {
  const { issuer } = wish;
  if (issuer === null) {
    if (!wish.setAuthorityKeyId) return undefined;
    if (own) return own;
    throw new Error("Invalid Certificate Authority: Could not determine Authority Key Identifier");
  }
  const value = extensionValue(issuer, id_ce_subjectKeyIdentifier);
  const isNamedAlike = isSame(issuer.tbsCertificate.subject, wish.subject);
  if (value === undefined || isNamedAlike) return undefined;
  return AsnConvert.parse(value, SubjectKeyIdentifier).buffer;
}

function extension(extnID: string, value: unknown, critical = false): Extension {
  return new Extension({
    extnID,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function extensionValue(certificate: Certificate, id: string): ArrayBuffer | undefined {
  return certificate.tbsCertificate.extensions?.find(({ extnID }) => extnID === id)?.extnValue
    .buffer;
}

/**
 * SHA-1 of the public key, over what the official provider hashes: for Ed25519 that is the key wrapped as an octet
 * string, for the others the content of the bit string.
 */
function keyId(key: KeyObject): ArrayBuffer {
  const content = Buffer.from(publicKeyInfo(key).subjectPublicKey);
  const wrapped =
    key.asymmetricKeyType === "ed25519"
      ? Buffer.concat([Buffer.from([0x04, content.length]), content])
      : content;
  return buffer(createHash("sha1").update(wrapped).digest());
}

function matches(issuer: Certificate, signer: KeyObject): boolean {
  const theirs = Buffer.from(AsnConvert.serialize(issuer.tbsCertificate.subjectPublicKeyInfo));
  return theirs.equals(spki(createPublicKey(signer)));
}

function isSame(one: Name, other: Name): boolean {
  return Buffer.from(AsnConvert.serialize(one)).equals(Buffer.from(AsnConvert.serialize(other)));
}

function spki(key: KeyObject): Buffer {
  const publicKey = key.type === "public" ? key : createPublicKey(key);
  return publicKey.export({ type: "spki", format: "der" });
}

/** An integer's content: no needless zeros in front, but one when the top bit is set. */
function positive(bytes: Buffer): ArrayBuffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(Math.max(start, 0));
  return buffer((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}
