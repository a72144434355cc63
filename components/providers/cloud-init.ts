import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { SshKey } from "./machine.ts";

/** What a new machine is told for its first boot; secret, since it holds the host's private key. */
export function userData(nodeName: string, hostKey: SshKey): pulumi.Output<string> {
  return pulumi
    .secret(pulumi.all([hostKey.privateKey, hostKey.publicKey]))
    .apply(([privateKey, publicKey]) =>
      renderAsset("cloud-init/node.yaml", {
        nodeName,
        // JSON strings are YAML strings too, on one line.
        hostPrivateKey: JSON.stringify(privateKey),
        hostPublicKey: JSON.stringify(publicKey),
      }),
    );
}
