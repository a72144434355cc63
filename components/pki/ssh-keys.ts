import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { MachineAccess, SshKey } from "../providers/machine.ts";

/**
 * The operator's login key, and a host key for each machine: installed at first boot and pinned in every connection, so that
 * no first contact is on trust.
 */
export class SshKeys extends pulumi.ComponentResource implements MachineAccess {
  readonly login: SshKey;
  readonly #hostKeys: ReadonlyMap<string, SshKey>;

  constructor(
    name: string,
    { nodeNames }: { readonly nodeNames: readonly string[] },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:pki:SshKeys", name, {}, opts);
    this.login = this.#key(`${name}-login`);
    this.#hostKeys = new Map(nodeNames.map((node) => [node, this.#key(`${node}-ssh-host`)]));
    this.registerOutputs({ loginPublicKey: this.login.publicKey });
  }

  hostKeyOf(nodeName: string): SshKey {
    const key = this.#hostKeys.get(nodeName);
    if (key === undefined) throw new Error(`${nodeName}: no host key was made for it`);
    return key;
  }

  #key(name: string): SshKey {
    const key = new tls.PrivateKey(name, { algorithm: "ED25519" }, { parent: this });
    return {
      publicKey: key.publicKeyOpenssh.apply((line) => line.trim()),
      privateKey: key.privateKeyOpenssh,
    };
  }
}
