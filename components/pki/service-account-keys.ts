import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { Generations } from "../facts/keys.ts";
import { ofGenerations } from "./generations.ts";

/** The keys of service account tokens: one signs, all of them are accepted. */
export interface ServiceAccountKeys {
  readonly signer: {
    readonly publicKeyPem: pulumi.Output<string>;
    /** Secret. */
    readonly privateKeyPem: pulumi.Output<string>;
  };
  /** Public keys whose tokens are accepted, PEM after PEM, the oldest first. */
  readonly verifiers: pulumi.Output<string>;
}

export function createServiceAccountKeys(
  name: string,
  generations: Generations,
  opts: pulumi.CustomResourceOptions,
): ServiceAccountKeys {
  const { all, inUse } = ofGenerations(
    name,
    generations,
    (id) => new tls.PrivateKey(id, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts),
  );
  const publicKeys = pulumi.all(all.map(({ publicKeyPem }) => publicKeyPem));
  return { signer: inUse, verifiers: publicKeys.apply((pems) => pems.join("")) };
}
