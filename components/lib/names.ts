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
