/**
 * Key usages by their names in `allowedUses`, as bits in the order of RFC 5280: the first is the lowest bit here,
 * as `KeyUsage` of the X.509 library counts.
 */
export const keyUsages: Readonly<Record<string, number>> = {
  digital_signature: 1,
  content_commitment: 2,
  key_encipherment: 4,
  data_encipherment: 8,
  key_agreement: 16,
  cert_signing: 32,
  crl_signing: 64,
  encipher_only: 128,
  decipher_only: 256,
};

const serverOrClient = "1.3.6.1.5.5.7.3";
const microsoft = "1.3.6.1.4.1.311";

/** Extended key usages by their names in `allowedUses`, as object identifiers. */
export const extendedKeyUsages: Readonly<Record<string, string>> = {
  any_extended: "2.5.29.37.0",
  server_auth: `${serverOrClient}.1`,
  client_auth: `${serverOrClient}.2`,
  code_signing: `${serverOrClient}.3`,
  email_protection: `${serverOrClient}.4`,
  ipsec_end_system: `${serverOrClient}.5`,
  ipsec_tunnel: `${serverOrClient}.6`,
  ipsec_user: `${serverOrClient}.7`,
  timestamping: `${serverOrClient}.8`,
  ocsp_signing: `${serverOrClient}.9`,
  microsoft_server_gated_crypto: `${microsoft}.10.3.3`,
  netscape_server_gated_crypto: "2.16.840.1.113730.4.1",
  microsoft_commercial_code_signing: `${microsoft}.2.1.22`,
  microsoft_kernel_code_signing: `${microsoft}.61.1.1`,
};

/** All that `allowedUses` takes, sorted. */
export const allowedUses: readonly string[] = [
  ...Object.keys(keyUsages),
  ...Object.keys(extendedKeyUsages),
].toSorted();
