import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Machine } from "../providers/machine.ts";
import type { Host } from "../remote/host.ts";
import { putSecretFiles } from "../remote/secret-files.ts";
import { runUnit } from "../remote/unit.ts";

export interface EtcdClusterArgs {
  readonly clusterName: string;
  /** One member each. */
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
}

/**
 * etcd, one member on each control-plane machine: assets/units/etcd.service. Nothing ever deletes its data in /var/lib/etcd.
 * @see https://etcd.io/docs/v3.6/op-guide/configuration/
 */
export class EtcdCluster extends pulumi.ComponentResource {
  /** `https://<private address>:2379` of every member, sorted by node name, comma-separated. */
  readonly clientUrls: pulumi.Output<string>;
  /** The steps that end when the members are healthy. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: EtcdClusterArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:etcd:EtcdCluster", name, {}, opts);
    const { clusterName, hosts, pki } = args;
    const members = hosts
      .map((host) => host.machine)
      .sort((a, b) => a.node.name.localeCompare(b.node.name, "en"));
    const initialCluster = join(members, (node, ip) => `${node}=https://${ip}:2380`);
    this.clientUrls = join(members, (_, ip) => `https://${ip}:2379`);

    this.ready = hosts.map((host) => {
      const { machine, binaries } = host;
      const id = `${machine.node.name}-etcd`;
      const keys = pki.controlPlaneOf(machine);
      const certificates = putSecretFiles(
        `${id}-pki`,
        {
          machine,
          files: [
            { path: "/etc/etcd/pki/ca.crt", content: pki.etcd.certPem },
            { path: "/etc/etcd/pki/server.crt", content: keys.etcdServer.certPem },
            { path: "/etc/etcd/pki/server.key", content: keys.etcdServer.keyPem, ...secret },
            { path: "/etc/etcd/pki/peer.crt", content: keys.etcdPeer.certPem },
            { path: "/etc/etcd/pki/peer.key", content: keys.etcdPeer.keyPem, ...secret },
          ],
        },
        { parent: this, dependsOn: [host.prepared] },
      );
      const env = pulumi
        .all({ privateIp: machine.privateIp, initialCluster })
        .apply((values) =>
          renderAsset("env/etcd.env", { ...values, clusterName, nodeName: machine.node.name }),
        );
      return runUnit(
        id,
        {
          machine,
          unit: "etcd.service",
          healthUrl: "http://127.0.0.1:2381/health",
          links: binaries.links("etcd", ["etcd", "etcdctl", "etcdutl"]),
          files: [{ path: "/etc/etcd/etcd.env", content: env }],
          restartOn: {
            "etcd CA": pki.etcd.certPem,
            "server certificate": keys.etcdServer.certPem,
            "peer certificate": keys.etcdPeer.certPem,
          },
        },
        { parent: this, dependsOn: [host.fetched, certificates] },
      );
    });
    this.registerOutputs({ clientUrls: this.clientUrls });
  }
}

const secret = { mode: "0600", owner: "etcd:etcd" } as const;

function join(
  members: readonly Machine[],
  format: (node: string, ip: string) => string,
): pulumi.Output<string> {
  const urls = members.map(({ node, privateIp }) => privateIp.apply((ip) => format(node.name, ip)));
  return pulumi.all(urls).apply((all) => all.join(","));
}
