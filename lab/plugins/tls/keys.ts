import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
} from "node:crypto";
import { promisify } from "node:util";
import { authorizedKey, opensshPrivateKey, publicBlob } from "../lib/openssh.ts";
import { firstPemBlock } from "./pem.ts";

const generate = promisify(generateKeyPair);

/** Curves by the official names, as OpenSSL calls them. */
const curves: Readonly<Record<string, string>> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

export interface KeyWish {
  readonly algorithm: string;
  readonly ecdsaCurve: string;
  readonly rsaBits: number;
}

/** Makes a key, in the thread pool: a large RSA key takes a second. */
export async function generatePrivateKey(wish: KeyWish): Promise<KeyObject> {
  switch (wish.algorithm) {
    case "RSA":
      return (await generate("rsa", { modulusLength: wish.rsaBits })).privateKey;
    case "ECDSA":
      return (await generate("ec", { namedCurve: curves[wish.ecdsaCurve] ?? wish.ecdsaCurve }))
        .privateKey;
    default:
      return (await generate("ed25519")).privateKey;
  }
}

/** A private key in all the forms that `tls.PrivateKey` gives. */
export function privateKeyForms(key: KeyObject) {
  const pkcs8 = key.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    privateKeyPem: traditionalPem(key) ?? pkcs8,
    privateKeyPemPkcs8: pkcs8,
    privateKeyOpenssh: hasSshForm(key) ? opensshPrivateKey(key) : "",
  };
}

/** The public key in all the forms that `tls.PrivateKey` gives; those of SSH are "" for P-224, which SSH lacks. */
export function publicKeyForms(key: KeyObject) {
  const publicKey = createPublicKey(key);
  const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  if (!hasSshForm(key)) {
    return {
      publicKeyPem,
      publicKeyOpenssh: "",
      publicKeyFingerprintMd5: "",
      publicKeyFingerprintSha256: "",
    };
  }
  const blob = publicBlob(publicKey);
  const md5 = createHash("md5").update(blob).digest("hex").match(/../g) ?? [];
  const sha256 = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return {
    publicKeyPem,
    publicKeyOpenssh: `${authorizedKey(publicKey)}\n`,
    publicKeyFingerprintMd5: md5.join(":"),
    publicKeyFingerprintSha256: `SHA256:${sha256}`,
  };
}

/**
 * Reads a private key in PKCS #1, SEC 1 or PKCS #8 form.
 * @throws Error in the official provider's words; it shows nothing of the key
 */
export function parsePrivateKey(pem: string): KeyObject {
  const block = firstPemBlock(pem);
  if (block === null) {
    throw new Error(`failed to decode PEM block: decoded bytes 0, undecoded ${pem.length}`);
  }
  if (!["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"].includes(block.label)) {
    throw new Error(`unsupported PEM preamble/type: ${block.label}`);
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`failed to parse private key given PEM preamble '${block.label}'`);
  }
}

/** The official name of a key's algorithm. */
export function algorithmOf(key: KeyObject): "RSA" | "ECDSA" | "ED25519" {
  if (key.asymmetricKeyType === "rsa") return "RSA";
  if (key.asymmetricKeyType === "ec") return "ECDSA";
  if (key.asymmetricKeyType === "ed25519") return "ED25519";
  throw new Error(`unsupported private key type: ${key.asymmetricKeyType ?? key.type}`);
}

/**
 * An id as the official provider makes it: the SHA-1 of the content, less the white space at its ends.
 * That the content is binary does not stop it.
 */
export function hashForState(content: Buffer): string {
  const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
  const end = content.findLastIndex((byte) => !isSpace(byte)) + 1;
  return createHash("sha1").update(content.subarray(0, end)).digest("hex");
}

function traditionalPem(key: KeyObject): string | null {
  if (key.asymmetricKeyType === "rsa") {
    return key.export({ type: "pkcs1", format: "pem" }).toString();
  }
  if (key.asymmetricKeyType === "ec") {
    return key.export({ type: "sec1", format: "pem" }).toString();
  }
  return null;
}

function hasSshForm(key: KeyObject): boolean {
  return key.asymmetricKeyDetails?.namedCurve !== curves["P224"];
}
