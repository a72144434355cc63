/** The first PEM block of a text. */
export interface PemBlock {
  /** E.g. "CERTIFICATE". */
  readonly label: string;
  readonly der: Buffer;
}

/** The first block, or null when there is none. */
export function firstPemBlock(text: string): PemBlock | null {
  const match = /-----BEGIN ([A-Z0-9 ]+)-----\s([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(text);
  const [, label, body] = match ?? [];
  return label === undefined ? null : { label, der: Buffer.from(body ?? "", "base64") };
}

/**
 * The content of the first block, which must be of the given kind.
 * @throws Error in the official provider's words; it shows nothing of the content
 */
export function decodePem(text: string, label: string): Buffer {
  const block = firstPemBlock(text);
  if (block === null) {
    throw new Error(`failed to decode PEM of expected type "${label}" from bytes`);
  }
  if (block.label !== label) {
    throw new Error(`invalid PEM type - expected "${label}", got "${block.label}"`);
  }
  return block.der;
}
