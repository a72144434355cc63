import * as pulumi from "@pulumi/pulumi";
import { bundle } from "../lib/bundle.ts";
import { renderAsset } from "../lib/render.ts";
import { commandLine } from "../lib/shell.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { pairFiles, publicFile, putSecretFiles, type SecretFile } from "../remote/secret-files.ts";
import { rollOut } from "../remote/rollout.ts";
import { onFirst, step } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";

export interface EtcdClusterArgs {
  readonly clusterName: string;
  /** One member each. */
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
  /** Names of the steps in the stack's state. */
  readonly existing: ReadonlySet<string>;
}

/** Which members the stack wants: a machine's own scripts read it when one joins or leaves, and no member restarts for it. */
const membersFile = "/etc/etcd/members";

/**
 * etcd, one member on each control-plane machine: assets/units/etcd.service. Nothing ever deletes its data in /var/lib/etcd.
 *
 * A machine with data goes on with it. One without joins the others, as a learner until it has caught up
 * (assets/scripts/join-etcd.sh). A new cluster is begun once in the life of a stack, by the machines of its first run.
 * @see https://etcd.io/docs/v3.6/op-guide/configuration/
 * @see https://etcd.io/docs/v3.6/op-guide/runtime-reconf-design/
 */
export class EtcdCluster extends pulumi.ComponentResource {
  /** The steps that end when the members are healthy. */
  readonly ready: readonly pulumi.Resource[];
  readonly #args: EtcdClusterArgs;
  /** `<node> <private address>` of every member, one a line. */
  readonly #members: pulumi.Output<string>;

  constructor(name: string, args: EtcdClusterArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:etcd:EtcdCluster", name, {}, opts);
    const { hosts, existing } = args;
    this.#args = args;
    this.#members = linesOf(hosts, (node, ip) => `${node} ${ip}\n`, "");
    const founders = this.#founders();
    this.ready = rollOut({
      hosts,
      existing,
      stepOn: unitOf,
      make: (host, after) => this.#member(host, [...founders, ...after]),
      healthy: (member) => [member],
      // A member that joins must be in sync before the next is added.
      joining: "in turn",
    });
    this.registerOutputs({ members: this.#members });
  }

  /**
   * Takes out of etcd what is no longer one of the hosts, before its machine goes. Every machine of the control plane must outlive
   * this step, so while it is protected no `destroy` gets at etcd's data.
   * @param after - what must be done first: whatever leads clients away from the machines that go
   */
  keepMembers(after: readonly pulumi.Resource[], { protect }: { readonly protect: boolean }): void {
    step(
      "etcd-members",
      {
        machine: onFirst(this.#args.hosts.map(({ machine }) => machine)),
        run: commandLine("/usr/local/lib/hardway/keep-etcd-members.sh"),
        stdin: this.#members.apply((content) =>
          bundle({ files: [{ path: membersFile, content }] }),
        ),
      },
      { parent: this, protect, dependsOn: [...this.ready, ...after] },
    );
  }

  /**
   * A permit on each machine of the stack's first run to begin a new cluster, which the machine takes away once it has data.
   * When a member lives the step is left as it is for ever, whatever becomes of the machine: a machine made anew has no permit.
   */
  #founders(): pulumi.Resource[] {
    const { hosts, existing } = this.#args;
    const isFounded = [...existing].some((name) => name.endsWith("-etcd"));
    const founderOf = ({ machine }: Host) => `${machine.node.name}-etcd-founder`;
    const list = linesOf(hosts, (node, ip) => `${node}=https://${ip}:2380`, ",");
    return hosts
      .filter((host) => !isFounded || existing.has(founderOf(host)))
      .map((host) =>
        step(
          founderOf(host),
          {
            machine: host.machine,
            run: commandLine("/usr/local/lib/hardway/put-files.sh"),
            stdin: list.apply((content) =>
              bundle({
                files: [{ path: "/var/lib/hardway/etcd-founders", content: `${content}\n` }],
              }),
            ),
          },
          {
            parent: this,
            dependsOn: [host.prepared],
            ...(isFounded ? { ignoreChanges: ["*"] } : {}),
          },
        ),
      );
  }

  #member(host: Host, after: readonly pulumi.Resource[]): pulumi.Resource {
    const { machine, binaries } = host;
    const secretFiles = this.#secretFiles(host);
    const certificates = putSecretFiles(
      `${unitOf(host)}-pki`,
      { machine, files: secretFiles },
      { parent: this, dependsOn: [host.prepared] },
    );
    const nodeName = machine.node.name;
    const { clusterName } = this.#args;
    const env = machine.privateIp.apply((privateIp) =>
      renderAsset("env/etcd.env", { privateIp, clusterName, nodeName }),
    );
    return runUnit(
      unitOf(host),
      {
        machine,
        unit: "etcd.service",
        // Not /health: a learner is healthy.
        healthUrl: "http://127.0.0.1:2381/readyz",
        links: binaries.links("etcd", ["etcd", "etcdctl", "etcdutl"]),
        files: [{ path: "/etc/etcd/etcd.env", content: env }],
        secretFiles,
      },
      { parent: this, dependsOn: [host.fetched, certificates, ...after] },
    );
  }

  #secretFiles({ machine }: Host): SecretFile[] {
    const { pki } = this.#args;
    const keys = pki.controlPlaneOf(machine);
    return [
      publicFile("etcd CA", "/etc/etcd/pki/ca.crt", pki.etcd.trustBundle),
      ...pairFiles("server certificate", "/etc/etcd/pki/server", keys.etcdServer, "etcd"),
      ...pairFiles("peer certificate", "/etc/etcd/pki/peer", keys.etcdPeer, "etcd"),
      publicFile("etcd members", membersFile, this.#members),
    ];
  }
}

function unitOf({ machine }: Host): string {
  return `${machine.node.name}-etcd`;
}

function linesOf(
  hosts: readonly Host[],
  format: (node: string, ip: string) => string,
  separator: string,
): pulumi.Output<string> {
  const lines = hosts
    .map(({ machine }) => machine)
    .sort((a, b) => a.node.name.localeCompare(b.node.name, "en"))
    .map(({ node, privateIp }) => privateIp.apply((ip) => format(node.name, ip)));
  return pulumi.all(lines).apply((all) => all.join(separator));
}
