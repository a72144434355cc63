import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** Ten years: renewing a CA touches every machine, so it is a deliberate act and not a yearly one. */
const validityHours = 10 * 365 * 24;

/** A certificate authority of the cluster. Its key stays in the stack's state, encrypted, and on the machines that sign. */
export class Authority extends pulumi.ComponentResource {
  readonly certPem: pulumi.Output<string>;
  /** Secret. */
  readonly keyPem: pulumi.Output<string>;
  /** RFC 3339. */
  readonly expiry: pulumi.Output<string>;

  /** @param args.commonName - the name in the certificate, for people */
  constructor(
    name: string,
    { commonName }: { readonly commonName: string },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:pki:Authority", name, {}, opts);
    const key = new tls.PrivateKey(
      name,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this },
    );
    const certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName },
        isCaCertificate: true,
        allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        validityPeriodHours: validityHours,
      },
      { parent: this },
    );
    this.certPem = certificate.certPem;
    this.keyPem = key.privateKeyPem;
    this.expiry = certificate.validityEndTime;
    this.registerOutputs({ certPem: this.certPem });
  }
}
