import { createPrivateKey, createPublicKey, randomBytes, type KeyObject } from "node:crypto";

/** An Ed25519 or ECDSA or RSA key in the form of `authorized_keys`: type and base64, no comment, no newline. */
export function authorizedKey(key: KeyObject): string {
  const blob = publicBlob(key);
  return `${blob.subarray(4, 4 + blob.readUInt32BE(0)).toString()} ${blob.toString("base64")}`;
}

/**
 * A public key as SSH sends it.
 * @throws Error for a curve that SSH does not have (P-224)
 * @see https://www.rfc-editor.org/rfc/rfc4253#section-6.6 and RFC 5656 (ECDSA), RFC 8709 (Ed25519)
 */
export function publicBlob(key: KeyObject): Buffer {
  const jwk =
    key.type === "private"
      ? createPublicKey(key).export({ format: "jwk" })
      : key.export({ format: "jwk" });
  switch (jwk.kty ?? "") {
    case "RSA":
      return Buffer.concat([text("ssh-rsa"), mpint(base64(jwk.e)), mpint(base64(jwk.n))]);
    case "EC": {
      const curve = sshCurve(jwk.crv);
      const point = Buffer.concat([Buffer.from([4]), base64(jwk.x), base64(jwk.y)]);
      return Buffer.concat([text(`ecdsa-sha2-${curve}`), text(curve), bytes(point)]);
    }
    default:
      return Buffer.concat([text("ssh-ed25519"), bytes(base64(jwk.x))]);
  }
}

/**
 * A private key in OpenSSH's own format, not encrypted.
 * @see https://github.com/openssh/openssh-portable/blob/V_10_0_P2/PROTOCOL.key
 */
export function opensshPrivateKey(key: KeyObject): string {
  const blob = publicBlob(key);
  const check = randomBytes(4);
  const content = Buffer.concat([check, check, privateFields(key, blob), text("")]);
  const padding = Buffer.from(
    Array.from({ length: (8 - (content.length % 8)) % 8 }, (_, index) => index + 1),
  );
  const count = Buffer.from([0, 0, 0, 1]);
  const envelope = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    text("none"),
    text("none"),
    text(""),
    count,
    bytes(blob),
    bytes(Buffer.concat([content, padding])),
  ]);
  return pem("OPENSSH PRIVATE KEY", envelope);
}

/**
 * A private key in a form that ssh2 reads: it knows OpenSSH's and the traditional PEM forms, but not PKCS #8,
 * which the official provider takes as well. Anything else is given back as it is.
 */
export function readableBySsh2(privateKey: string): string {
  const isPkcs8 = /-----BEGIN PRIVATE KEY-----/.test(privateKey);
  return isPkcs8 ? opensshPrivateKey(createPrivateKey(privateKey)) : privateKey;
}

/** PEM with lines of 64 characters, as Go writes it; ends with a newline. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** What follows the key type in the private part. */
function privateFields(key: KeyObject, blob: Buffer): Buffer {
  const jwk = key.export({ format: "jwk" });
  switch (jwk.kty ?? "") {
    case "RSA":
      return Buffer.concat([
        text("ssh-rsa"),
        ...[jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map((part) => mpint(base64(part))),
      ]);
    case "EC":
      return Buffer.concat([blob, mpint(base64(jwk.d))]);
    default:
      return Buffer.concat([blob, bytes(Buffer.concat([base64(jwk.d), base64(jwk.x)]))]);
  }
}

function sshCurve(name: string | undefined): string {
  if (name === "P-256" || name === "P-384" || name === "P-521") return `nistp${name.slice(2)}`;
  throw new Error("ssh: only P-256, P-384 and P-521 EC keys are supported");
}

function bytes(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

function text(content: string): Buffer {
  return bytes(Buffer.from(content));
}

/** A positive integer: no leading zeros, but one when the top bit is set. */
function mpint(content: Buffer): Buffer {
  const start = content.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? Buffer.alloc(0) : content.subarray(start);
  const isHigh = (digits[0] ?? 0) >= 0x80;
  return bytes(isHigh ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

function base64(value: unknown): Buffer {
  return Buffer.from(String(value), "base64url");
}
