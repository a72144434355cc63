import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { sha256 } from "../lib/hash.ts";
import type { Machine } from "../providers/machine.ts";

/**
 * What a kubelet of a new machine proves itself with, once, to ask for its first certificate.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
export interface BootstrapToken {
  /** Six hex digits, no secret: its user is `system:bootstrap:<id>`, its Secret `bootstrap-token-<id>`. */
  readonly id: pulumi.Output<string>;
  /** Secret. `<id>.<16 hex digits>` */
  readonly token: pulumi.Output<string>;
}

/**
 * The token of one machine: hashes of a key that is used for nothing else, and of the machine's id, so that a machine made anew has
 * another one and nobody gets in with the old.
 */
export function createBootstrapToken(
  name: string,
  { deletedWith }: Pick<Machine, "deletedWith">,
  opts: pulumi.CustomResourceOptions,
): BootstrapToken {
  const key = new tls.PrivateKey(name, { algorithm: "ED25519" }, opts);
  const part = (what: string, length: number) =>
    pulumi
      .all([key.privateKeyPem, deletedWith.id])
      .apply(([pem, machine]) => sha256(`${what} of ${machine}\n${pem}`).slice(0, length));
  const id = pulumi.unsecret(part("id", 6));
  return { id, token: pulumi.secret(pulumi.interpolate`${id}.${part("secret", 16)}`) };
}
