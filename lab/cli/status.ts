import type { Lab } from "../lib/paths.ts";
import { machineMemory, type MachineMemory } from "../machines/memory.ts";
import { type PluginKind, pluginKinds } from "./plugins.ts";
import { closedOrigins } from "../mirror/mirror.ts";
import { cloudUrl, labAddress, linodeUrl, netnsPath } from "./environment.ts";
import { labdPid } from "./labd.ts";
import { namedMachines } from "./machines.ts";
import { isLabUp } from "./session.ts";
import { labStackName } from "./stacks.ts";
import { readSpec } from "../machines/machine-dir.ts";
import { table } from "./table.ts";

interface MachineStatus {
  readonly name: string;
  readonly id: string;
  readonly publicIp: string;
  readonly privateIp: string | null;
  /** Null while the machine is off. */
  readonly memory: MachineMemory | null;
}

/** What `npm run lab -- status --json` prints. */
export interface LabStatus {
  readonly lab: string;
  /** Whether the network is there and the daemon runs. */
  readonly running: boolean;
  /** The one that its commands work on. */
  readonly stack: string;
  readonly netns: string;
  readonly labdPid: number | null;
  /** Base of its DigitalOcean API. */
  readonly cloud: string;
  /** Base of its Linode API. */
  readonly linode: string;
  readonly files: string;
  readonly registry: string;
  /** ACME directory. */
  readonly acme: string;
  readonly pulumiHome: string;
  readonly stateDir: string;
  readonly plugins: readonly PluginKind[];
  /** Hosts of artifacts that were not reachable when the mirror was planned; what is there was built. */
  readonly closedOrigins: readonly string[] | null;
  readonly machines: readonly MachineStatus[];
}

/**
 * Prints what runs.
 * @returns exit code: 0 when the lab runs
 */
export async function status(lab: Lab, json: boolean): Promise<number> {
  const facts = await labStatus(lab);
  console.log(json ? JSON.stringify(facts, null, 2) : statusText(facts));
  return facts.running ? 0 : 1;
}

async function labStatus(lab: Lab): Promise<LabStatus> {
  const pid = isLabUp(lab) ? labdPid(lab) : null;
  return {
    lab: lab.name,
    running: pid !== null,
    stack: labStackName(lab),
    netns: netnsPath(lab),
    labdPid: pid,
    cloud: cloudUrl,
    linode: linodeUrl,
    files: `http://${labAddress}:8080`,
    registry: `http://${labAddress}:5000`,
    acme: `https://${labAddress}:14000/dir`,
    pulumiHome: lab.pulumiHome,
    stateDir: lab.stateDir,
    plugins: await pluginKinds(lab),
    closedOrigins: await closedOrigins(),
    machines: await machineStatuses(lab),
  };
}

async function machineStatuses(lab: Lab): Promise<readonly MachineStatus[]> {
  return Promise.all(
    (await namedMachines(lab)).map(async ({ id, name }) => {
      const { publicIp, privateIp } = await readSpec(lab, id);
      const memory = await machineMemory(lab, id).catch(() => null);
      return { name, id, publicIp, privateIp, memory };
    }),
  );
}

/** The status as people read it. */
export function statusText(facts: LabStatus): string {
  const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)}`;
  const machineRows = facts.machines.map(({ name, id, publicIp, privateIp, memory }) => [
    ...[name, id, publicIp, privateIp ?? "-"],
    ...(memory === null
      ? ["off", "-"]
      : [
          "running",
          `${mib(memory.usedBytes - reclaimable(memory))}/${mib(memory.limitBytes)} MiB`,
        ]),
  ]);
  return [
    ...table([
      ["lab", `${facts.lab}, ${facts.running ? "running" : "not running; npm run up starts it"}`],
      ["stack", facts.stack],
      ["network namespace", facts.netns],
      ["labd", facts.labdPid === null ? "not running" : `process ${facts.labdPid}`],
      ["DigitalOcean API", facts.cloud],
      ["Linode API", facts.linode],
      ["files", facts.files],
      ["registry", facts.registry],
      ["ACME directory", facts.acme],
      ["state", facts.stateDir],
      ["PULUMI_HOME", facts.pulumiHome],
      ["artifacts", artifactsText(facts.closedOrigins)],
    ]),
    "",
    ...table([
      ["PLUGIN", "VERSION", "KIND", "WHY"],
      ...facts.plugins.map(({ name, version, kind, why }) => [name, version, kind, why]),
    ]),
    "",
    ...(machineRows.length === 0
      ? ["no machines"]
      : table([["MACHINE", "ID", "PUBLIC", "PRIVATE", "STATE", "MEMORY"], ...machineRows])),
  ].join("\n");
}

function artifactsText(closed: readonly string[] | null): string {
  if (closed === null) return "not asked for yet";
  if (closed.length === 0) return "official";
  return `built where the official address is closed (${closed.join("; ")})`;
}

/** Page cache that the kernel gives back when a program needs the memory. */
function reclaimable({ limitBytes, usedBytes, availableBytes }: MachineMemory): number {
  return availableBytes - (limitBytes - usedBytes);
}
