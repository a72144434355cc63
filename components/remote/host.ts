import * as pulumi from "@pulumi/pulumi";
import type { Download } from "../facts/artifacts.ts";
import { readAsset } from "../lib/assets.ts";
import { bundle, type HostFile } from "../lib/bundle.ts";
import { programsOf } from "../facts/programs.ts";
import { commandLine } from "../lib/shell.ts";
import type { Machine } from "../providers/machine.ts";
import { Binaries, fetchBinaries } from "./binaries.ts";
import { scriptCommand, step } from "./step.ts";

const scripts = [
  "approve-csrs.sh",
  "await-root-ca.sh",
  "backup-etcd.sh",
  "block-metadata.sh",
  "cordon-node.sh",
  "defragment-etcd.sh",
  "etcd-lib.sh",
  "fetch-binaries.sh",
  "free-etcd-space.sh",
  "grant-operators.sh",
  "join-etcd.sh",
  "keep-etcd-members.sh",
  "kubelet-healthy.sh",
  "leave-etcd.sh",
  "lib.sh",
  "limit-go-memory.sh",
  "match-pod-range.sh",
  "may-restart-etcd.sh",
  "may-restart-kube-apiserver.sh",
  "node-lib.sh",
  "packages.sh",
  "permit-etcd.sh",
  "prepare-host.sh",
  "probe-dns.sh",
  "probe-pod-network.sh",
  "promote-etcd.sh",
  "pull-images.sh",
  "put-bootstrap-token.sh",
  "put-files.sh",
  "remove-node.sh",
  "report-node.sh",
  "reserve-memory.sh",
  "restore-etcd.sh",
  "rewrite-secrets.sh",
  "run-unit.sh",
  "uncordon-node.sh",
  "wait-for-api.sh",
  "wait-for-pod-cidr.sh",
];

/** Debian packages that the services or our scripts call. */
const packages = {
  everywhere: ["ca-certificates", "curl", "iproute2", "kmod", "procps"],
  worker: ["conntrack", "haproxy", "iptables", "iputils-ping", "mount", "util-linux"],
};

export interface HostArgs {
  readonly machine: Machine;
  /** Every download of the cluster; the host takes those of its architecture. */
  readonly downloads: readonly Download[];
}

/**
 * A fresh machine made fit for services: our scripts, packages, users, kernel settings and programs.
 * The first step waits for the machine to boot. No program is in use before its service says so.
 */
export class Host extends pulumi.ComponentResource {
  readonly machine: Machine;
  readonly binaries: Binaries;
  /** Files can be written and users exist. */
  readonly prepared: pulumi.Resource;
  /** The programs are there too: services can run. */
  readonly fetched: pulumi.Resource;

  constructor(name: string, args: HostArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:remote:Host", name, {}, opts);
    const { machine, downloads } = args;
    this.machine = machine;
    this.binaries = new Binaries(downloads, machine, programsOf[machine.node.role]);

    const scriptsStep = step(
      `${name}-scripts`,
      {
        machine,
        run: scriptCommand(machine, readAsset("scripts/install-scripts.sh")),
        stdin: bundle({ files: scripts.map(scriptFile) }),
        dial: { dialErrorLimit: 100 },
      },
      { parent: this, dependsOn: [...machine.ready] },
    );
    this.prepared = step(
      `${name}-host`,
      {
        machine,
        run: prepareCommand(machine),
        stdin: hostFiles(),
        // While it waits for others to be done with apt.
        streamsStdout: true,
      },
      { parent: this, dependsOn: [scriptsStep] },
    );
    this.fetched = fetchBinaries(
      `${name}-binaries`,
      { machine, binaries: this.binaries },
      { parent: this, dependsOn: [scriptsStep, this.prepared] },
    );
    this.registerOutputs({ publicIp: machine.publicIp, privateIp: machine.privateIp });
  }
}

function prepareCommand({ node: { role } }: Machine): string {
  const wanted = [...packages.everywhere, ...(role === "worker" ? packages.worker : [])];
  return commandLine("/usr/local/lib/hardway/prepare-host.sh", role, ...wanted);
}

function scriptFile(script: string): HostFile {
  const content = readAsset(`scripts/${script}`);
  return { path: `/usr/local/lib/hardway/${script}`, content, mode: "0755" };
}

function hostFiles(): string {
  return bundle({
    files: [
      { path: "/etc/modules-load.d/hardway.conf", content: readAsset("config/modules.conf") },
      { path: "/etc/sysctl.d/90-hardway.conf", content: readAsset("config/sysctl.conf") },
      { path: "/etc/sysusers.d/hardway.conf", content: readAsset("config/sysusers.conf") },
      { path: "/etc/systemd/network/50-flannel.link", content: readAsset("config/flannel.link") },
    ],
  });
}
