import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { Host } from "../remote/host.ts";
import { runUnit } from "../remote/unit.ts";
import type { BackupsSpec } from "../spec.ts";

export interface EtcdBackupsArgs {
  readonly backups: BackupsSpec;
  readonly hosts: readonly Host[];
  /** The members, which must be there to be saved. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Has every member of etcd save what it holds on its own disk, each hour: assets/units/etcd-backup.timer. What they are good for,
 * and what they are not: docs/backups.md.
 */
export class EtcdBackups extends pulumi.ComponentResource {
  constructor(name: string, args: EtcdBackupsArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:etcd:EtcdBackups", name, {}, opts);
    const { backups, hosts, after } = args;
    const content = renderAsset("env/etcd-backup.env", { keep: backups.keep });
    for (const { machine } of hosts) {
      runUnit(
        `${machine.node.name}-etcd-backup`,
        {
          machine,
          unit: "etcd-backup.timer",
          companions: ["etcd-backup.service"],
          links: [],
          files: [{ path: "/etc/etcd/etcd-backup.env", content }],
          secretFiles: [],
        },
        { parent: this, dependsOn: [...after] },
      );
    }
    this.registerOutputs({ ...backups });
  }
}
