import { existsSync } from "node:fs";
import { copyFile, readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDir, type Lab, projectDir } from "../lib/paths.ts";
import { type Phase, runPhases } from "../lib/progress.ts";
import { destroyAll, listLeftovers } from "../machines/destroy.ts";
import { ensureLabd, labdPid, stopLabd } from "./labd.ts";
import { recover } from "./recover.ts";
import { execInLab, isLabUp, openLab, type Session } from "./session.ts";
import { stackFile } from "./state.ts";
import { runUpdate, updateLog } from "./update.ts";
import { withLabLock } from "./with-lab-lock.ts";

/** A destroy takes seconds; one that takes this long waits for something that will not come. */
const destroyLimitSeconds = 120;

export interface DownOptions {
  /** Remove the caches too. */
  readonly all: boolean;
  /** Say nothing unless something is left. @default false */
  readonly silent?: boolean;
}

/**
 * Destroys the cluster and then the lab, however much of it is still there.
 *
 * A destroy that fails does not stop it: the machines are ours, and so is their end. What could not be
 * removed is named.
 * @returns exit code: 1 when something is left
 */
export function down(lab: Lab, options: DownOptions): Promise<number> {
  return withLabLock(lab, () => takeDown(lab, options));
}

async function takeDown(lab: Lab, { all, silent = false }: DownOptions): Promise<number> {
  const warnings: string[] = [];
  await runPhases(
    [
      destroyPhase(lab, warnings),
      {
        title: `lab ${lab.name}`,
        run: async ({ note }) => {
          const before = await listLeftovers(lab);
          const pid = labdPid(lab);
          await stopLabd(lab);
          await destroyAll(lab);
          const hadState = existsSync(lab.stateDir);
          await removeState(lab);
          note(
            before.namespaces.length > 0 || pid !== null || hadState
              ? `removed ${before.namespaces.length} network namespaces and ${lab.stateDir}`
              : "there was none",
          );
        },
      },
      ...(all ? [cachePhase(lab, warnings)] : []),
    ],
    { silent },
  );
  for (const warning of warnings) console.error(warning);
  const code = await reportLeftovers(lab);
  return all && existsSync(cacheDir) ? 1 : code;
}

/** Skipped with words when there is no stack, or no lab to reach its cloud through. */
function destroyPhase(lab: Lab, warnings: string[]): Phase {
  return {
    title: "cluster",
    run: async (context) => {
      if ((await stackFile(lab)) === null) {
        context.note("there was none");
        return;
      }
      if (!isLabUp(lab)) {
        context.note("not destroyed by pulumi: its network is gone, e.g. since the last boot");
        return;
      }
      try {
        const session = await openLab(lab);
        const labd = await ensureLabd(session);
        if (labd !== "runs") context.report(`labd, the lab's cloud: ${labd}`);
        await recover(session, context.report, { interrupt: true });
        await runUpdate(session, "destroy", context, destroyLimitSeconds);
        await checkInventory(session);
      } catch (error) {
        context.note("not destroyed in good order; the machines go all the same");
        warnings.push(error instanceof Error ? error.message : String(error), await keepLog(lab));
      }
    },
  };
}

/**
 * On a real cloud, what a destroy leaves is billed.
 * @throws ExecError that names it
 */
async function checkInventory(session: Session): Promise<void> {
  await execInLab(session, [process.execPath, join(projectDir, "cli", "inventory.ts")]);
}

/** The state directory goes, and with it the log that says why: a copy stays in the checkout. */
async function keepLog(lab: Lab): Promise<string> {
  const target = join(projectDir, ".hardway", `pulumi-destroy-${lab.name}.log`);
  try {
    await copyFile(updateLog(lab, "destroy"), target);
    return `pulumi's output was kept in ${target}`;
  } catch {
    return "pulumi destroy had not begun";
  }
}

function cachePhase(lab: Lab, warnings: string[]): Phase {
  return {
    title: "caches",
    run: async ({ note }) => {
      const others = await otherLabs(lab);
      if (others.length > 0) {
        warnings.push(
          `caches: lab ${others.join(" and ")} still uses them; run HARDWAY_LAB=${others[0] ?? ""} npm run down first`,
        );
        note("kept");
        return;
      }
      await rm(cacheDir, { recursive: true, force: true });
      note(`removed ${cacheDir}`);
    },
  };
}

/** Labs that have a state directory: their machines run from the cached image. */
async function otherLabs(lab: Lab): Promise<readonly string[]> {
  const names = await readdir(dirname(lab.stateDir)).catch(() => []);
  return names.filter((name) => name !== lab.name && /^[a-z][a-z0-9]{0,7}$/.test(name));
}

async function removeState(lab: Lab): Promise<void> {
  const { mounts } = await listLeftovers(lab);
  // deleting across a mount would empty what is mounted there, e.g. the cached image
  if (mounts.length > 0) return;
  await rm(lab.stateDir, { recursive: true, force: true });
  await rmdir(dirname(lab.stateDir)).catch(() => undefined); // other labs have theirs in it
}

async function reportLeftovers(lab: Lab): Promise<number> {
  const { processes, mounts, namespaces, cgroups } = await listLeftovers(lab);
  const left = [
    ...processes.map((line) => `process ${line}`),
    ...mounts.map((path) => `mount ${path}`),
    ...namespaces.map((name) => `network namespace ${name}`),
    ...cgroups.map((path) => `cgroup ${path}`),
    ...(existsSync(lab.stateDir) ? [`directory ${lab.stateDir}`] : []),
  ];
  if (left.length === 0) return 0;
  console.error(`lab ${lab.name}: not everything could be removed:\n  ${left.join("\n  ")}`);
  return 1;
}
