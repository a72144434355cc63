import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { sha256Base64 } from "../lib/hash.ts";
import type { Generations } from "../facts/keys.ts";
import { ofGenerations } from "./generations.ts";

/** A key for Secrets at rest. */
export interface EncryptionKey {
  /** Stands before everything in etcd that was written with it. */
  readonly name: string;
  /** Secret. 32 bytes in base64. */
  readonly secret: pulumi.Output<string>;
}

/**
 * The keys of Secrets in etcd, as the API server wants them: the first one writes, all of them read.
 *
 * Each comes from a private key that is used for nothing else and is in the state like any other: its hash is as good as 32
 * random bytes, so no further plugin is needed for them.
 */
export function createEncryptionKeys(
  name: string,
  generations: Generations,
  opts: pulumi.CustomResourceOptions,
): readonly EncryptionKey[] {
  const { all, inUse } = ofGenerations(name, generations, (id, generation): EncryptionKey => {
    const key = new tls.PrivateKey(id, { algorithm: "ED25519" }, opts);
    return { name: `key-${generation}`, secret: key.privateKeyPem.apply(sha256Base64) };
  });
  return [inUse, ...all.filter((key) => key !== inUse)];
}
