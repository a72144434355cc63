import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  Attribute,
  Extension,
  Extensions,
  id_ce_subjectAltName,
  SubjectAlternativeName,
  type Name,
} from "@peculiar/asn1-x509";
import { createPublicKey, sign, type KeyObject } from "node:crypto";
import { buffer, publicKeyInfo, signatureOf } from "./certificate.ts";
import { knownParts } from "./names.ts";

const extensionRequest = "1.2.840.113549.1.9.14";

/** Makes a certificate request, DER encoded. */
export function createRequest(
  subject: Name,
  names: SubjectAlternativeName | null,
  key: KeyObject,
): Buffer {
  const { algorithm, hash } = signatureOf(key);
  const certificationRequestInfo = new CertificationRequestInfo({
    subject,
    subjectPKInfo: publicKeyInfo(key),
    attributes: new Attributes(names === null ? [] : [requestedNames(names)]),
  });
  const signed = Buffer.from(AsnConvert.serialize(certificationRequestInfo));
  const request = new CertificationRequest({
    certificationRequestInfo,
    signatureAlgorithm: algorithm,
    signature: buffer(sign(hash, signed, key)),
  });
  return Buffer.from(AsnConvert.serialize(request));
}

/** What a request asks for, as far as the official provider hands it on. */
export interface RequestedCertificate {
  readonly subject: Name;
  readonly names: SubjectAlternativeName | null;
  readonly publicKey: KeyObject;
}

export function parseRequest(der: Buffer): RequestedCertificate {
  const { certificationRequestInfo: info } = AsnConvert.parse(der, CertificationRequest);
  const spki = Buffer.from(AsnConvert.serialize(info.subjectPKInfo));
  return {
    subject: knownParts(info.subject),
    names: namesIn(info.attributes),
    publicKey: createPublicKey({ key: spki, format: "der", type: "spki" }),
  };
}

function requestedNames(names: SubjectAlternativeName): Attribute {
  const extnValue = new OctetString(AsnConvert.serialize(names));
  const extensions = new Extensions([new Extension({ extnID: id_ce_subjectAltName, extnValue })]);
  return new Attribute({ type: extensionRequest, values: [AsnConvert.serialize(extensions)] });
}

function namesIn(attributes: Attributes): SubjectAlternativeName | null {
  const requested = attributes.find(({ type }) => type === extensionRequest)?.values[0];
  if (requested === undefined) return null;
  const extensions = AsnConvert.parse(requested, Extensions);
  const names = extensions.find(({ extnID }) => extnID === id_ce_subjectAltName);
  return names ? AsnConvert.parse(names.extnValue.buffer, SubjectAlternativeName) : null;
}
