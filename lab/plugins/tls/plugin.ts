import type { Plugin } from "../lib/plugin.ts";
import { sdkVersion } from "../lib/versions.ts";
import {
  makeCertRequest,
  makeLocallySignedCert,
  makePrivateKey,
  makeSelfSignedCert,
} from "./make.ts";
import { tlsResource } from "./resource.ts";
import {
  certRequestSchema,
  locallySignedCertSchema,
  privateKeySchema,
  selfSignedCertSchema,
} from "./schema.ts";

/**
 * Stands in for pulumi-tls: its four resources, none of its functions.
 * @param clock - default: the machine's
 */
export function tlsPlugin(clock: () => Date = () => new Date()): Plugin {
  return {
    name: "tls",
    version: sdkVersion("tls"),
    resources: {
      "tls:index/privateKey:PrivateKey": tlsResource(privateKeySchema, makePrivateKey, clock),
      "tls:index/certRequest:CertRequest": tlsResource(certRequestSchema, makeCertRequest, clock),
      "tls:index/selfSignedCert:SelfSignedCert": tlsResource(
        selfSignedCertSchema,
        makeSelfSignedCert(clock),
        clock,
      ),
      "tls:index/locallySignedCert:LocallySignedCert": tlsResource(
        locallySignedCertSchema,
        makeLocallySignedCert(clock),
        clock,
      ),
    },
  };
}
