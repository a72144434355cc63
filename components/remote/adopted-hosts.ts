import type * as command from "@pulumi/command/remote/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { readAsset } from "../lib/assets.ts";
import { holdsAllData } from "../facts/foundation.ts";
import { listeningPorts } from "../facts/port-matrix.ts";
import { programsOf } from "../facts/programs.ts";
import { scriptInput, scriptLine } from "../lib/shell.ts";
import type { AdoptHosts, ExistingHost } from "../providers/machine.ts";
import type { ClusterSpec } from "../spec.ts";
import { step } from "./step.ts";

/**
 * Makes hosts that are there already part of the cluster.
 *
 * First every host is looked at and nothing is changed: assets/scripts/preflight*.sh. Only when all are fit does the first
 * step change anything. The one step of each host that has a `delete` is next: it takes all that the cluster brought
 * off the host again, so everything else on it is `deletedWith` that step: assets/scripts/existing-host.sh.
 */
export const adoptHosts =
  (spec: ClusterSpec): AdoptHosts =>
  (hosts, opts) => {
    const looks = hosts.map((host) => preflight(spec, host, opts));
    return hosts.map((host) => {
      const adopted = adopt(spec, host, { ...opts, dependsOn: looks });
      return { ready: [adopted], deletedWith: adopted };
    });
  };

type Options = pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource };

/** What the look is made of, in the order in which a shell reads it. */
const parts = ["scripts/preflight-network.sh", "scripts/preflight.sh"];

function preflight(spec: ClusterSpec, host: ExistingHost, opts: Options): command.Command {
  const { name, role } = host.node;
  const downloads = spec.artifacts.files.filter(
    (file) => file.architecture === host.arch && programNames(role).includes(file.name),
  );
  const settings = {
    origins: unique(downloads.map(({ url }) => new URL(url).origin)),
    programs: downloads.flatMap((file) => programsIn(file)),
    ports: listeningPorts(role, spec),
    // The control plane forwards nothing.
    pod_cidr: role === "worker" ? [spec.network.podCidr] : [],
  };
  const lines = Object.entries(settings).map(([key, words]) => `${key}='${words.join(" ")}'`);
  return step(
    `${name}-preflight`,
    {
      // Whether the login's user may use sudo is one of the questions.
      machine: { ...host, sudo: false },
      run: host.privateIp.apply((privateIp) => scriptLine(name, host.arch, privateIp, spec.tag)),
      stdin: scriptInput([...lines, ...parts.map((part) => readAsset(part))].join("\n")),
      // The host is there: either it answers or something is wrong.
      dial: { dialErrorLimit: 4, perDialTimeout: 8 },
    },
    opts,
  );
}

function adopt(spec: ClusterSpec, host: ExistingHost, opts: Options): command.Command {
  const { name } = host.node;
  const line = (verb: string) => scriptLine(verb, spec.tag, name);
  return step(
    `${name}-adopted`,
    {
      machine: host,
      run: line("adopt"),
      onDelete: line("uninstall"),
      stdin: scriptInput(readAsset("scripts/existing-host.sh")),
      // Another key is another host.
      replaceWhen: [host.connection.hostKey],
      // What stays on the host is said.
      streamsStdout: true,
    },
    // Without it the control plane's data would be put aside.
    { ...opts, protect: holdsAllData(spec, host.node) },
  );
}

function programNames(role: ExistingHost["node"]["role"]): readonly string[] {
  return programsOf[role];
}

function programsIn(file: { name: string; members: Readonly<Record<string, string>> }): string[] {
  const members = Object.keys(file.members);
  return members.length === 0 ? [file.name] : members;
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
