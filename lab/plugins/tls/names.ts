import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AttributeTypeAndValue,
  AttributeValue,
  GeneralName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import { isIP } from "node:net";

/** Who a certificate is about, as `subject` of the resources. */
export interface Subject {
  readonly commonName?: string;
  readonly country?: string;
  readonly emailAddress?: string;
  readonly locality?: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly postalCode?: string;
  readonly province?: string;
  readonly serialNumber?: string;
  readonly streetAddresses?: readonly string[];
}

/** Names a certificate is valid for. */
export interface AlternativeNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

const emailAddress = "1.2.840.113549.1.9.1";

/** Parts of a name by object identifier, in the order in which Go writes them. */
const parts: readonly (readonly [keyof Subject, string])[] = [
  ["country", "2.5.4.6"],
  ["province", "2.5.4.8"],
  ["locality", "2.5.4.7"],
  ["streetAddresses", "2.5.4.9"],
  ["postalCode", "2.5.4.17"],
  ["organization", "2.5.4.10"],
  ["organizationalUnit", "2.5.4.11"],
  ["commonName", "2.5.4.3"],
  ["serialNumber", "2.5.4.5"],
];

/** The distinguished name, with the string types that Go chooses: kubelets and API servers compare bytes. */
export function distinguishedName(subject: Subject): Name {
  const rdns = parts
    .map(([part, type]) => ({ type, values: [subject[part] ?? []].flat() }))
    .filter(({ values }) => values.some((value) => value !== ""))
    .map(({ type, values }) =>
      distinguishedPart(
        values.map((value) => new AttributeTypeAndValue({ type, value: directoryString(value) })),
      ),
    );
  if (subject.emailAddress) {
    const value = new AttributeValue({ ia5String: subject.emailAddress });
    rdns.push(
      new RelativeDistinguishedName([new AttributeTypeAndValue({ type: emailAddress, value })]),
    );
  }
  return new Name(rdns);
}

/** Keeps what Go reads out of a request's name: all but what has no field of its own, such as an e-mail address. */
export function knownParts(name: Name): Name {
  const subject: Record<string, string[]> = {};
  for (const { type, value } of name.flat()) {
    const part = parts.find(([, known]) => known === type)?.[0];
    if (part !== undefined) (subject[part] ??= []).push(value.toString());
  }
  const { commonName, serialNumber, ...lists } = subject;
  return distinguishedName({
    ...lists,
    // Of these two Go keeps the last one only.
    ...(commonName && { commonName: commonName.at(-1) }),
    ...(serialNumber && { serialNumber: serialNumber.at(-1) }),
  } as Subject);
}

/**
 * Checks the names, and lines them up as Go does: DNS names, then addresses, then URIs.
 * @returns null when there are none
 * @throws Error naming the address or URI that is none
 */
export function alternativeNames(names: AlternativeNames): SubjectAlternativeName | null {
  const { dnsNames = [], ipAddresses = [], uris = [] } = names;
  for (const address of ipAddresses) {
    if (isIP(address) === 0) {
      throw new Error(`Invalid IP address: Failed to parse ${JSON.stringify(address)}`);
    }
  }
  for (const uri of uris) {
    if (/[\s\x7f]/.test(uri))
      throw new Error(`Invalid URI: Failed to parse ${JSON.stringify(uri)}`);
  }
  const all = [
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
    ...ipAddresses.map((iPAddress) => new GeneralName({ iPAddress })),
    ...uris.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ];
  return all.length === 0 ? null : new SubjectAlternativeName(all);
}

/** Several values of one part are a set, which DER orders by its bytes; the library leaves that to us. */
function distinguishedPart(values: readonly AttributeTypeAndValue[]): RelativeDistinguishedName {
  const bytes = (value: AttributeTypeAndValue): Buffer => Buffer.from(AsnConvert.serialize(value));
  return new RelativeDistinguishedName(
    values.toSorted((one, other) => Buffer.compare(bytes(one), bytes(other))),
  );
}

function directoryString(value: string): AttributeValue {
  const isPrintable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value);
  return new AttributeValue(isPrintable ? { printableString: value } : { utf8String: value });
}
