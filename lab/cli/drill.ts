import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { type Lab, projectDir } from "../lib/paths.ts";
import { humanSeconds, type PhaseTime, runPhases } from "../lib/progress.ts";
import { execOnMachine } from "../machines/enter.ts";
import { deleteAndWait } from "./cloud.ts";
import { waitForHealth } from "./health.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { machineNamed } from "./machines.ts";
import { preflight, preflightMessage } from "./preflight.ts";
import { execInLab, type Session } from "./session.ts";
import { storedOutputs } from "./stack.ts";
import { readStackConfig, stackConfigPath } from "./stack-config.ts";
import { chosenStack } from "./stacks.ts";
import { readCheckpoint, type StoredResource } from "./state.ts";
import { table } from "./table.ts";
import { startCluster, startLab } from "./up.ts";
import { runUpdate } from "./update.ts";
import { withLabLock } from "./with-lab-lock.ts";

/** Where the drill keeps the snapshot, and the config that names it: the stack's own file stays as it is. */
const drillDir = join(projectDir, ".hardway", "drill");

/** Machines of each cloud as the state and the API have them. */
const machineKinds: Readonly<Record<string, string>> = {
  "digitalocean:index/droplet:Droplet": "/v2/droplets",
  "linode:index/instance:Instance": "/v4/linode/instances",
};

/** What a drill has found out. */
export interface DrillFigures {
  /** Names of the machines that were lost, of all of the control plane. */
  readonly lost: readonly string[];
  readonly snapshotBytes: number;
  /** From the snapshot to the loss: what was written in between is gone. */
  readonly lostSeconds: number;
  /** From the loss to the end of `pulumi up`. */
  readonly upSeconds: number;
  /** From the loss until every Node is Ready and the page is served. */
  readonly wholeSeconds: number;
}

/**
 * Tries out what docs/backups.md promises: the lab's cluster loses its control plane with all its disks, and comes back by one `up`.
 * @returns exit code: 0 only when the cluster is whole again, with what was in the backup and without what came later
 */
export async function drill(lab: Lab): Promise<number> {
  const problems = await preflight();
  if (problems.length > 0) {
    console.error(preflightMessage(problems));
    return 1;
  }
  return withLabLock(lab, async () => {
    const stack = chosenStack(lab);
    if (stack === "existing") {
      throw new Error(
        `drill: needs machines of a cloud to lose, got the stack ${stack}; use another lab: HARDWAY_LAB=drill npm run drill`,
      );
    }
    const { session } = await startLab(lab, stack);
    await startCluster(session);
    console.log(`\n${drillText(await lose(session))}`);
    return 0;
  });
}

async function lose(session: Session): Promise<DrillFigures> {
  const { lab } = session;
  const masters = await machinesOf(session);
  const [first = "", ...others] = masters.map(nodeNameOf);
  if (others.length > 0) {
    // The lab's cloud gives an address out again at once, and two records of one name cannot swap theirs.
    throw new Error(
      `drill: is for a control plane of one machine, got ${masters.length}; write {count: 1} or use another lab: HARDWAY_LAB=drill npm run drill`,
    );
  }
  const kept = "drill-before";
  const late = "drill-after";
  const at = { saved: 0, lost: 0, whole: 0 };
  const snapshot = join(drillDir, "etcd.db");
  const found = { bytes: 0 };
  const times: readonly PhaseTime[] = await runPhases([
    {
      title: "backup",
      run: async ({ note }) => {
        await kubectl(session, "delete", "configmap", kept, late, "--ignore-not-found");
        await kubectl(session, "create", "configmap", kept);
        await onMachine(lab, first, "systemctl start etcd-backup.service");
        at.saved = performance.now();
        const newest = 'cd /var/lib/etcd-backups && base64 "$(ls *.db | tail -n 1)"';
        const bytes = Buffer.from(await onMachine(lab, first, newest), "base64");
        found.bytes = bytes.length;
        await rm(drillDir, { recursive: true, force: true });
        await mkdir(drillDir, { recursive: true, mode: 0o700 });
        await writeFile(snapshot, bytes, { mode: 0o600 });
        await kubectl(session, "create", "configmap", late);
        note(`${snapshot}, ${mib(bytes.length)}`);
      },
    },
    {
      title: "loss",
      run: async ({ note }) => {
        await Promise.all(
          masters.map(({ type, id = "" }) =>
            deleteAndWait(session, `${machineKinds[type] ?? ""}/${id}`),
          ),
        );
        at.lost = performance.now();
        note(`${masters.map(nodeNameOf).join(", ")} deleted in the cloud, with their disks`);
      },
    },
    {
      title: "restore",
      run: async (context) => {
        const config = await drillConfig(session, snapshot);
        await runUpdate(session, "up", context, null, [
          ...["--refresh", "--run-program", `--config-file=${config}`],
        ]);
      },
    },
    {
      title: "whole again",
      run: async ({ report }) => {
        await waitForHealth(session, report);
        at.whole = performance.now();
        await kubectl(session, "get", "configmap", kept);
        const found = await kubectl(
          session,
          "get",
          "configmap",
          late,
          "--ignore-not-found",
          "-o=name",
        );
        if (found !== "") throw new Error(`drill: ${late} was made after the backup and is there`);
        await kubectl(session, "delete", "configmap", kept);
      },
    },
  ]);
  return {
    lost: masters.map(nodeNameOf),
    snapshotBytes: found.bytes,
    lostSeconds: (at.lost - at.saved) / 1000,
    upSeconds: times.find(({ title }) => title === "restore")?.seconds ?? 0,
    wholeSeconds: (at.whole - at.lost) / 1000,
  };
}

/** The stack's config with what somebody writes who has lost it all. */
async function drillConfig(session: Session, snapshot: string): Promise<string> {
  const path = stackConfigPath(chosenStack(session.lab));
  const stack = await readStackConfig(path);
  const etcd = (await readCheckpoint(session.lab))?.resources.find(
    ({ type }) => type === "hardway:etcd:EtcdCluster",
  );
  const built = etcd?.outputs?.["generation"];
  const generation = (typeof built === "number" ? built : 1) + 1;
  const config = { ...stack.config, "hardway:etcd": { generation, restoreFrom: snapshot } };
  const copy = join(drillDir, basename(path));
  await writeFile(copy, stringify({ ...stack, config }), { mode: 0o600 });
  return copy;
}

/** The machines of the control plane, as the state has them. */
async function machinesOf(session: Session): Promise<readonly StoredResource[]> {
  const nodes = (await storedOutputs(session))["nodes"] as Record<string, { role: string }>;
  const resources = (await readCheckpoint(session.lab))?.resources ?? [];
  return resources.filter(
    (it) => it.type in machineKinds && nodes[nodeNameOf(it)]?.role === "control-plane",
  );
}

const nodeNameOf = ({ urn }: StoredResource): string => urn.split("::").at(-1) ?? urn;

async function kubectl(session: Session, ...args: readonly string[]): Promise<string> {
  await kubeconfigOf(session);
  return (await execInLab(session, ["kubectl", ...args])).stdout;
}

async function onMachine(lab: Lab, name: string, command: string): Promise<string> {
  const { id } = await machineNamed(lab, name);
  return execOnMachine(lab, id, ["sh", "-c", command]);
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** The figures as they are shown. */
export function drillText(figures: DrillFigures): string {
  const { lost, snapshotBytes, lostSeconds, upSeconds, wholeSeconds } = figures;
  return [
    `${lost.join(", ")} and all its data gone, and back from a snapshot of ${mib(snapshotBytes)}:`,
    ...table(
      [
        ["pulumi up --refresh --run-program", humanSeconds(upSeconds)],
        ["machine gone → all Nodes Ready, page served", humanSeconds(wholeSeconds)],
        ["written after the snapshot, and lost", `the last ${humanSeconds(lostSeconds)}`],
      ],
      "  ",
    ),
    "With the backups of the timer that is up to an hour, the time since the last one was copied elsewhere.",
  ].join("\n");
}
