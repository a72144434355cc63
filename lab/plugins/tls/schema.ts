import type {
  CertRequestArgs,
  LocallySignedCertArgs,
  PrivateKeyArgs,
  SelfSignedCertArgs,
  types,
} from "@pulumi/tls";
import type { PropertySpec, PropertyTable } from "../lib/schema-table.ts";
import type { PropertyMap } from "../lib/values.ts";

/**
 * One resource type of the official schema.
 * @see https://github.com/pulumi/pulumi-tls/blob/v5.5.1/provider/cmd/pulumi-resource-tls/schema.json
 */
export interface ResourceSchema {
  readonly inputs: PropertyTable;
  readonly outputs: PropertyTable;
  /** They appear in the state only: the bridge keeps the provider's defaults out of the inputs. */
  readonly defaults: PropertyMap;
}

const replaces = { replaces: true } as const;
const output = { computed: true, outputOnly: true } as const;

const subject = {
  commonName: { type: "string" },
  country: { type: "string" },
  emailAddress: { type: "string" },
  locality: { type: "string" },
  organization: { type: "string" },
  organizationalUnit: { type: "string" },
  postalCode: { type: "string" },
  province: { type: "string" },
  serialNumber: { type: "string" },
  streetAddresses: { type: { list: "string" } },
} as const satisfies Record<keyof types.input.SelfSignedCertSubject, PropertySpec>;

const names = {
  dnsNames: { type: { list: "string" }, ...replaces },
  ipAddresses: { type: { list: "string" }, ...replaces },
  uris: { type: { list: "string" }, ...replaces },
  subject: { type: { object: subject }, ...replaces },
} as const;

const validity = {
  allowedUses: { type: { list: "string" }, required: true, ...replaces },
  validityPeriodHours: { type: "number", required: true, ...replaces },
  earlyRenewalHours: { type: "number" },
  isCaCertificate: { type: "boolean", ...replaces },
  maxPathLength: { type: "number", computed: true, ...replaces },
  setSubjectKeyId: { type: "boolean", ...replaces },
} as const;

const issued = {
  certPem: { type: "string", ...output },
  readyForRenewal: { type: "boolean", ...output },
  validityStartTime: { type: "string", ...output },
  validityEndTime: { type: "string", ...output },
} as const;

const certDefaults = {
  earlyRenewalHours: 0,
  isCaCertificate: false,
  setSubjectKeyId: false,
} as const;

export const privateKeySchema: ResourceSchema = {
  inputs: {
    algorithm: { type: "string", required: true, ...replaces },
    ecdsaCurve: { type: "string", ...replaces },
    rsaBits: { type: "number", ...replaces },
  } satisfies Record<keyof PrivateKeyArgs, PropertySpec>,
  outputs: {
    privateKeyPem: { type: "string", secret: true, ...output },
    privateKeyPemPkcs8: { type: "string", secret: true, ...output },
    privateKeyOpenssh: { type: "string", secret: true, ...output },
    publicKeyPem: { type: "string", ...output },
    publicKeyOpenssh: { type: "string", ...output },
    publicKeyFingerprintMd5: { type: "string", ...output },
    publicKeyFingerprintSha256: { type: "string", ...output },
  },
  defaults: { ecdsaCurve: "P224", rsaBits: 2048 },
};

export const certRequestSchema: ResourceSchema = {
  inputs: {
    privateKeyPem: { type: "string", required: true, secret: true, ...replaces },
    ...names,
  } satisfies Record<keyof CertRequestArgs, PropertySpec>,
  outputs: {
    certRequestPem: { type: "string", ...output },
    keyAlgorithm: { type: "string", ...output },
  },
  defaults: {},
};

export const selfSignedCertSchema: ResourceSchema = {
  inputs: {
    privateKeyPem: { type: "string", required: true, secret: true, ...replaces },
    setAuthorityKeyId: { type: "boolean", ...replaces },
    ...names,
    ...validity,
  } satisfies Record<keyof SelfSignedCertArgs, PropertySpec>,
  outputs: { keyAlgorithm: { type: "string", ...output }, ...issued },
  defaults: { ...certDefaults, setAuthorityKeyId: false },
};

export const locallySignedCertSchema: ResourceSchema = {
  inputs: {
    caCertPem: { type: "string", required: true, ...replaces },
    caPrivateKeyPem: { type: "string", required: true, secret: true, ...replaces },
    certRequestPem: { type: "string", required: true, ...replaces },
    ...validity,
  } satisfies Record<keyof LocallySignedCertArgs, PropertySpec>,
  outputs: { caKeyAlgorithm: { type: "string", ...output }, ...issued },
  defaults: certDefaults,
};
