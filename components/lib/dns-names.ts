/** What a DNS label is, in words, for messages. */
export const dnsLabelRule =
  "lowercase letters, digits and dashes, at most 63, beginning and ending with a letter or digit";

/** Whether a text is a DNS label as Kubernetes wants node names. @see https://www.rfc-editor.org/rfc/rfc1123 */
export function isDnsLabel(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

/** Whether a text is DNS labels joined by dots, at most 253 characters. */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && text.split(".").every(isDnsLabel);
}

/**
 * The name of a host as certificates and URLs have it: in lowercase and without the dot at its end; null when it is none.
 * A host name may have underscores, which RFC 1123 has not: DNS serves them, and SSH and TLS do not mind.
 */
export function parseHostName(text: string): string | null {
  const name = text.toLowerCase().replace(/\.$/, "");
  // What ends in a number is meant to be an address.
  const isName = isDnsName(name.replaceAll("_", "a")) && !/(^|\.)\d+$/.test(name);
  return isName ? name : null;
}
