import * as pulumi from "@pulumi/pulumi";
import { etcdClusterType } from "../facts/foundation.ts";
import { bundle } from "../lib/bundle.ts";
import { renderAsset } from "../lib/render.ts";
import { commandLine } from "../lib/shell.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import { pairFiles, publicFile, putSecretFiles, type SecretFile } from "../remote/secret-files.ts";
import { copyFile } from "../remote/copy.ts";
import { made } from "../remote/made.ts";
import { rollOut } from "../remote/rollout.ts";
import { onFirst, step } from "../remote/step.ts";
import { runUnit } from "../remote/unit.ts";
import type { ClusterSpec } from "../spec.ts";

export interface EtcdClusterArgs {
  readonly spec: Pick<ClusterSpec, "clusterName" | "etcd">;
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
 * (assets/scripts/join-etcd.sh). A new cluster is begun once in the life of a stack, by the machines of its first run, and
 * again when the config says that its data is lost.
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
    super(etcdClusterType, name, {}, opts);
    const { hosts, existing } = args;
    this.#args = args;
    this.#members = linesOf(hosts, (node, ip) => `${node} ${ip}\n`, "");
    const permits = this.#founders();
    const founders = [...permits, ...this.#snapshot(permits)];
    this.ready = rollOut({
      hosts,
      existing,
      stepOn: unitOf,
      make: (host, after) => this.#member(host, [...founders, ...after]),
      healthy: (member) => [member],
      // A member that joins must be in sync before the next is added.
      joining: "in turn",
    });
    // A run that was cut off leaves what the one before it said, and the next one goes on.
    const generation = pulumi.all(this.ready.map(made)).apply(() => args.spec.etcd.generation);
    this.registerOutputs({ members: this.#members, generation });
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
   * A permit on each machine of the stack's first run to begin a new cluster, which the machine takes away once it has data; where
   * the data is lost, on the first machine alone, which the others join.
   * When a member lives the step is left as it is for ever, whatever becomes of the machine: a machine made anew has no permit.
   */
  #founders(): pulumi.Resource[] {
    const { spec, hosts, existing } = this.#args;
    const { isLost, restoreFrom } = spec.etcd;
    const isFounded = [...existing].some((name) => name.endsWith("-etcd"));
    const founding = isLost ? hosts.slice(0, 1) : isFounded ? [] : hosts;
    const list = linesOf(founding, (node, ip) => `${node}=https://${ip}:2380`, ",");
    const script = isLost ? "permit-etcd.sh" : "put-files.sh";
    return hosts
      .filter((host) => founding.includes(host) || existing.has(this.#nameOn(host, "founder")))
      .map((host) =>
        step(
          this.#nameOn(host, "founder"),
          {
            machine: host.machine,
            run: commandLine(
              `/usr/local/lib/hardway/${script}`,
              ...(restoreFrom === null ? [] : [host.machine.connection.user]),
            ),
            stdin: list.apply((content) =>
              bundle({
                files: [{ path: "/var/lib/hardway/etcd-founders", content: `${content}\n` }],
              }),
            ),
          },
          {
            parent: this,
            dependsOn: [host.prepared],
            ...(founding.includes(host) ? {} : { ignoreChanges: ["*"] }),
          },
        ),
      );
  }

  /** The snapshot that a generation begins with, on the machine that may begin it, where its permit has made room for it. */
  #snapshot(founders: readonly pulumi.Resource[]): pulumi.Resource[] {
    const { spec, hosts, existing } = this.#args;
    const { restoreFrom } = spec.etcd;
    return hosts
      .filter(
        (host, index) =>
          (index === 0 && restoreFrom !== null) || existing.has(this.#nameOn(host, "snapshot")),
      )
      .map((host) =>
        copyFile(
          this.#nameOn(host, "snapshot"),
          { machine: host.machine, source: restoreFrom, path: "/var/lib/hardway/restore/etcd.db" },
          { parent: this, dependsOn: [...founders] },
        ),
      );
  }

  /** Name of what a generation needs once, on a machine: it is never done for another one. */
  #nameOn({ machine }: Host, what: "founder" | "snapshot"): string {
    const { generation } = this.#args.spec.etcd;
    return `${machine.node.name}-etcd-${what}${generation === 1 ? "" : `-${generation}`}`;
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
    const { clusterName } = this.#args.spec;
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
