import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { Authority } from "./authority.ts";
import { generationName } from "./generations.ts";

/** A year, renewed by the first `pulumi up` of its last third. */
const validityHours = 365 * 24;
const earlyRenewalHours = validityHours / 3;

const usesOf = {
  client: ["client_auth"],
  server: ["server_auth"],
  both: ["server_auth", "client_auth"],
} as const;

export interface KeyPairArgs {
  readonly authority: Authority;
  /** The user name that Kubernetes sees in a client certificate. */
  readonly commonName: string;
  /** The group that Kubernetes sees in a client certificate. */
  readonly organization?: string;
  readonly use: keyof typeof usesOf;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly pulumi.Input<string>[];
  /** What must be done before it is issued. @default - nothing */
  readonly after?: readonly pulumi.Resource[];
}

/** Makes a certificate of this name. */
export type Issue = (name: string, args: KeyPairArgs) => KeyPair;

/** A certificate and its key, which always travel together. */
export class KeyPair extends pulumi.ComponentResource {
  /** Behind it what leads to the authority's older generations. */
  readonly certPem: pulumi.Output<string>;
  /** Secret. */
  readonly keyPem: pulumi.Output<string>;
  /** RFC 3339. */
  readonly expiry: pulumi.Output<string>;

  constructor(name: string, args: KeyPairArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:pki:KeyPair", name, {}, opts);
    const { authority, commonName, organization, use, dnsNames = [], ipAddresses = [] } = args;
    const { after = [] } = args;
    // With a new authority a new key: whoever knows the old one must not be who it says.
    const key = new tls.PrivateKey(
      generationName(name, authority.generation),
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this },
    );
    const request = new tls.CertRequest(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName, ...(organization === undefined ? {} : { organization }) },
        ...(dnsNames.length === 0 ? {} : { dnsNames: [...dnsNames] }),
        ...(ipAddresses.length === 0 ? {} : { ipAddresses: [...ipAddresses] }),
      },
      { parent: this },
    );
    const certificate = new tls.LocallySignedCert(
      name,
      {
        caCertPem: authority.signer.certPem,
        caPrivateKeyPem: authority.signer.keyPem,
        certRequestPem: request.certRequestPem,
        allowedUses: ["digital_signature", ...usesOf[use]],
        validityPeriodHours: validityHours,
        earlyRenewalHours,
      },
      { parent: this, dependsOn: [...after] },
    );
    this.certPem = pulumi.concat(certificate.certPem, authority.chain);
    this.keyPem = key.privateKeyPem;
    this.expiry = certificate.validityEndTime;
  }
}
