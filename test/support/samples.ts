import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** A private key that nobody has, in PEM form. */
export function anyPrivateKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** What the sample stack of this provider says, and what its user adds to it before the first `pulumi up`. */
export function sampleStack(provider: string): Record<string, unknown> {
  const path = join(import.meta.dirname, "..", "..", `Pulumi.${provider}.yaml`);
  const { config } = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
  const key = provider === "existing" ? { "existing:privateKey": anyPrivateKey() } : {};
  return { ...config, "hardway:clusterName": "demo", ...key };
}
