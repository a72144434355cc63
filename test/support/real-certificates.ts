import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import {
  makeCertRequest,
  makeLocallySignedCert,
  makePrivateKey,
  makeSelfSignedCert,
} from "../../lab/plugins/tls/make.ts";
import { reveal } from "./graph.ts";
import type { PropertyMap } from "../../lab/plugins/lib/values.ts";

const makers: Readonly<Record<string, typeof makePrivateKey>> = {
  "tls:index/privateKey:PrivateKey": makePrivateKey,
  "tls:index/certRequest:CertRequest": makeCertRequest,
  "tls:index/selfSignedCert:SelfSignedCert": makeSelfSignedCert(() => new Date()),
  "tls:index/locallySignedCert:LocallySignedCert": makeLocallySignedCert(() => new Date()),
};
const defaults = { isCaCertificate: false, setSubjectKeyId: false, setAuthorityKeyId: false };
const context = { log: () => undefined } as never;

/**
 * Runs `build` with keys and certificates as the lab's stand-in of the plugin `tls` makes them; what has been made under a name
 * in an earlier run stays.
 */
export function realCertificates(): <T>(build: () => pulumi.Output<T>) => Promise<T> {
  const state = new Map<string, Promise<{ id: string; outputs: PropertyMap }>>();
  return async (build) => {
    await pulumi.runtime.setMocks({
      newResource: async ({ type, name, inputs }) => {
        const make = makers[type];
        if (make === undefined) return { id: name, state: {} };
        const plain = Object.entries(inputs as object).map(([input, it]) => [input, reveal(it)]);
        const given = { ...defaults, ...(Object.fromEntries(plain) as PropertyMap) };
        const key = JSON.stringify([type, name, given]);
        const made = state.get(key) ?? make(given, context);
        state.set(key, made);
        const { id, outputs } = await made;
        return { id, state: { ...given, ...outputs } };
      },
      call: () => ({}),
    });
    const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof build>>>();
    await pulumi.runtime.runInPulumiStack(() => {
      build().apply((value) => {
        resolve(value as never);
      });
      return Promise.resolve({});
    });
    await pulumi.runtime.disconnect();
    return promise as never;
  };
}

/** The certificates of a PEM text. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Whether who has this trust bundle accepts the first certificate, with the others as what may stand between. */
export function accepts(bundle: string, pem: string): boolean {
  const [leaf, ...between] = certificatesIn(pem);
  return leaf !== undefined && leadsTo(certificatesIn(bundle), leaf, between);
}

function leadsTo(
  trusted: readonly X509Certificate[],
  certificate: X509Certificate,
  between: readonly X509Certificate[],
): boolean {
  const isBy = (issuer: X509Certificate) =>
    issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  return (
    trusted.some(isBy) ||
    between.some(
      (issuer, index) => isBy(issuer) && leadsTo(trusted, issuer, between.toSpliced(index, 1)),
    )
  );
}
