import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { Generations } from "../facts/keys.ts";
import { generationName, ofGenerations } from "./generations.ts";

/** Ten years: renewing a CA touches every machine, so it is a deliberate act and not a yearly one. */
const validityHours = 10 * 365 * 24;

const authorityUses = ["cert_signing", "crl_signing", "digital_signature"];

/** A CA certificate and its key. */
export interface Signer {
  readonly certPem: pulumi.Output<string>;
  /** Secret. */
  readonly keyPem: pulumi.Output<string>;
}

/** One generation of an authority. */
interface Generation extends Signer {
  /** Name of its resources. */
  readonly id: string;
  readonly commonName: string;
  readonly expiry: pulumi.Output<string>;
}

export interface AuthorityArgs {
  /** The name in the first generation's certificate, for people; the nth has `<commonName>-<n>`. */
  readonly commonName: string;
  readonly generations: Generations;
}

/**
 * A certificate authority of the cluster: who signs, and what to trust, which are two things while a rotation goes on.
 * Its keys stay in the stack's state, encrypted, and on the machines that sign.
 */
export class Authority extends pulumi.ComponentResource {
  readonly signer: Signer;
  /** Number of the generation that signs: what it issues has a key of its own for each. */
  readonly generation: number;
  /** Trust bundle: the certificates of all generations that are trusted, PEM after PEM, the oldest first. */
  readonly trustBundle: pulumi.Output<string>;
  /**
   * What stands behind everything that it issues: the signer's certificate by each older generation that is still trusted, so that
   * whoever does not know the new one yet accepts it too. Empty when there is none.
   */
  readonly chain: pulumi.Output<string>;
  /** When each of its certificates ends, RFC 3339, by its name. */
  readonly expiries: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: AuthorityArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:pki:Authority", name, {}, opts);
    const { commonName, generations } = args;
    const { all, inUse } = ofGenerations(name, generations, (id, generation) =>
      this.#ca(id, generationName(commonName, generation)),
    );
    const crosses = this.#crosses(inUse, all.slice(0, all.indexOf(inUse)));
    this.signer = inUse;
    this.generation = generations.inUse;
    this.trustBundle = joined(all);
    this.chain = joined(crosses);
    this.expiries = Object.fromEntries([...all, ...crosses].map(({ id, expiry }) => [id, expiry]));
    this.registerOutputs({ trustBundle: this.trustBundle });
  }

  #ca(id: string, commonName: string): Generation {
    const key = new tls.PrivateKey(
      id,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this },
    );
    const certificate = new tls.SelfSignedCert(
      id,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName },
        isCaCertificate: true,
        allowedUses: authorityUses,
        validityPeriodHours: validityHours,
      },
      { parent: this },
    );
    return {
      id,
      commonName,
      certPem: certificate.certPem,
      keyPem: key.privateKeyPem,
      expiry: certificate.validityEndTime,
    };
  }

  /** The certificate of a generation by each older one: the same name and key, another issuer. */
  #crosses(newer: Generation, older: readonly Generation[]) {
    if (older.length === 0) return [];
    const request = new tls.CertRequest(
      newer.id,
      { privateKeyPem: newer.keyPem, subject: { commonName: newer.commonName } },
      { parent: this },
    );
    return older.map(({ id: issuer, certPem, keyPem }) => {
      const id = `${newer.id}-by-${issuer}`;
      const certificate = new tls.LocallySignedCert(
        id,
        {
          caCertPem: certPem,
          caPrivateKeyPem: keyPem,
          certRequestPem: request.certRequestPem,
          isCaCertificate: true,
          allowedUses: authorityUses,
          validityPeriodHours: validityHours,
        },
        { parent: this },
      );
      return { id, certPem: certificate.certPem, expiry: certificate.validityEndTime };
    });
  }
}

function joined(all: readonly Pick<Signer, "certPem">[]): pulumi.Output<string> {
  return pulumi.all(all.map(({ certPem }) => certPem)).apply((pems) => pems.join(""));
}
