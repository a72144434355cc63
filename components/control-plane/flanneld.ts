import * as pulumi from "@pulumi/pulumi";
import { renderAsset } from "../lib/render.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { pairFiles, putSecretFiles } from "../remote/secret-files.ts";
import { rollOut } from "../remote/rollout.ts";
import { runUnit } from "../remote/unit.ts";
import type { ClusterSpec } from "../spec.ts";
import { controlPlaneKeys } from "./keys.ts";
import { localKubeconfig } from "./local-kubeconfig.ts";

export interface FlannelDaemonsArgs {
  readonly spec: ClusterSpec;
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
  /** The machines' Node objects and flannel's rights in the API. */
  readonly after: readonly pulumi.Resource[];
  /** Names of the steps in the stack's state. */
  readonly existing: ReadonlySet<string>;
}

/**
 * flanneld as a systemd unit on every control-plane machine, so that the API server reaches pods:
 * assets/units/flanneld.service.
 */
export class FlannelDaemons extends pulumi.ComponentResource {
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: FlannelDaemonsArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:FlannelDaemons", name, {}, opts);
    const { hosts, existing } = args;
    this.ready = rollOut({
      hosts,
      existing,
      stepOn: unitOf,
      make: (host, after) => this.#daemon(host, { ...args, after: [...args.after, ...after] }),
      healthy: (daemon) => [daemon],
    });
  }

  #daemon(host: Host, args: FlannelDaemonsArgs): pulumi.Resource {
    const { machine, binaries, prepared, fetched } = host;
    const { spec, pki, after } = args;
    const { flanneld } = pki.controlPlaneOf(machine);
    const id = unitOf(host);
    const files = pairFiles("client certificate", "/etc/flannel/pki/flanneld", flanneld);
    const keys = putSecretFiles(
      `${id}-pki`,
      { machine, files },
      { parent: this, dependsOn: [prepared] },
    );
    const env = machine.privateIp.apply((privateIp) =>
      renderAsset("env/flanneld.env", { nodeName: machine.node.name, privateIp }),
    );
    return runUnit(
      id,
      {
        machine,
        unit: "flanneld.service",
        healthUrl: "http://127.0.0.1:8081/healthz",
        links: binaries.links("flanneld"),
        files: [
          { path: "/etc/flannel/flanneld.env", content: env },
          {
            path: "/etc/flannel/net-conf.json",
            content: renderAsset("config/net-conf.json", { podCidr: spec.network.podCidr }),
          },
          localKubeconfig(
            spec.clusterName,
            "/etc/flannel/flanneld.kubeconfig",
            `flannel:${machine.node.name}`,
            "/etc/flannel/pki/flanneld",
          ),
        ],
        secretFiles: [...controlPlaneKeys(machine, pki), ...files],
      },
      { parent: this, dependsOn: [fetched, keys, ...after] },
    );
  }
}

function unitOf({ machine }: Host): string {
  return `${machine.node.name}-flanneld`;
}
