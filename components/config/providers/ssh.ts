import type { Problems } from "../problems.ts";

/**
 * Kinds of host key that can be pinned. Not `ssh-rsa`: the client asks for the pinned kind by that name, which stands for
 * SHA-1 signatures, and no server of today makes those.
 */
const hostKeyTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
];

/** A host's public key without a comment; a problem when it is none that can be pinned. */
export function checkHostKey(path: string, got: string | undefined, problems: Problems): string {
  const fix = "write what `cat /etc/ssh/ssh_host_ed25519_key.pub` prints on the host";
  const report = (wrong: string) => {
    problems.add(path, { wrong, got, fix });
    return "";
  };
  if (got === undefined) {
    return problems.areSound(path) ? report("missing") : "";
  }
  const words = got.trim().split(/\s+/);
  const [type = "", blob = ""] = words;
  if (got.includes("PRIVATE KEY")) {
    problems.add(path, { wrong: "a private key, which stays on its host", fix });
    return "";
  }
  if (hostKeyTypes.includes(type)) {
    return holdsType(type, blob) ? `${type} ${blob}` : report("not a whole public key");
  }
  if (hostKeyTypes.includes(words[1] ?? "")) return report(`starts with a host name, ${type}`);
  if (type === "ssh-rsa") return report("an RSA key cannot be pinned");
  return report("not an ssh public key");
}

/** Whether the base64 text is a key of this type: it says its type itself, behind the length. */
function holdsType(type: string, blob: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return false;
  const bytes = Buffer.from(blob, "base64");
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  return bytes.length > 4 + length && bytes.toString("latin1", 4, 4 + length) === type;
}

/** Whether a text can be the private key of a login; never shows it. */
export function checkPrivateKey(path: string, got: string | undefined, problems: Problems): void {
  const fix = `write the key that may log in to the hosts: pulumi config set --secret ${path} < ~/.ssh/id_ed25519`;
  if (got === undefined || got.trim() === "") {
    problems.add(path, { wrong: "missing", fix });
    return;
  }
  const pattern = /^-----BEGIN ([A-Z ]*)PRIVATE KEY-----\n([\s\S]+)\n-----END \1PRIVATE KEY-----$/;
  const [, kind = "", body = ""] = pattern.exec(got.trim().replaceAll("\r", "")) ?? [];
  if (body === "") {
    problems.add(path, { wrong: "not a private key in OpenSSH or PEM form", fix });
  } else if (isLocked(kind, body)) {
    const wrong = "locked by a passphrase, which nobody can type here";
    problems.add(path, { wrong, fix: "make a key of its own for this cluster: ssh-keygen -N ''" });
  }
}

/** @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key */
function isLocked(kind: string, body: string): boolean {
  if (kind !== "OPENSSH ") return kind === "ENCRYPTED " || body.includes("ENCRYPTED");
  const magic = "openssh-key-v1\0";
  const bytes = Buffer.from(body, "base64");
  // The name of the cipher comes first, behind its length.
  return bytes.toString("latin1", magic.length + 4, magic.length + 8) !== "none";
}
