import { basename } from "node:path";
import type { Lab } from "../lib/paths.ts";
import {
  type ParallelPhases,
  type Phase,
  type PhaseTime,
  type Report,
  runPhases,
} from "../lib/progress.ts";
import { prepareAcme } from "../cloud/acme/identity.ts";
import { setupLabNetwork } from "../machines/network.ts";
import { installPlugins } from "./plugins.ts";
import { stopCliLog } from "./cli-log.ts";
import { cloudToken, labAddress, labEnvironment } from "./environment.ts";
import { type ClusterHealth, waitForHealth } from "./health.ts";
import type { UpdateProgress } from "./events.ts";
import { ensureHosts, setLoginKey } from "./hosts.ts";
import { isKubeconfigCurrent, keepKubeconfig } from "./kubeconfig.ts";
import { ensureLabd } from "./labd.ts";
import { preflight, preflightMessage } from "./preflight.ts";
import { recover } from "./recover.ts";
import type { Session } from "./session.ts";
import { setupPhases } from "./setup.ts";
import { ensureStack, storedOutputs } from "./stack.ts";
import { pointNames, wantedRecords } from "./point-names.ts";
import { prepareStackConfig, readStackConfig, stackConfigPath, stringOf } from "./stack-config.ts";
import { rememberStack, type StackChoice, stackFor, stackNameOf } from "./stacks.ts";
import { summary } from "./summary.ts";
import { runUpdate } from "./update.ts";
import { withLabLock } from "./with-lab-lock.ts";

/**
 * Makes the lab and its cluster, or goes on where an earlier run ended.
 * @param wanted - the stack; undefined: the one that the lab has
 * @returns exit code: 0 only when the cluster is healthy
 */
export async function up(lab: Lab, wanted?: StackChoice): Promise<number> {
  stackFor(lab, wanted); // a lab with another one is told at once
  const problems = await preflight();
  if (problems.length > 0) {
    console.error(preflightMessage(problems));
    return 1;
  }
  await withLabLock(lab, () => makeLab(lab, wanted));
  return 0;
}

async function makeLab(lab: Lab, wanted: StackChoice | undefined): Promise<void> {
  const stack = stackFor(lab, wanted);
  const started = performance.now();
  const { times: labTimes, session } = await startLab(lab, stack);
  const { times: clusterTimes, health } = await startCluster(session);
  console.log(
    summary({
      config: basename(stackConfigPath(stack)),
      health,
      times: [...labTimes, ...clusterTimes],
      totalSeconds: (performance.now() - started) / 1000,
      outputs: await storedOutputs(session),
    }),
  );
}

/** The set-up half: everything up to an empty cloud that answers. */
export async function startLab(
  lab: Lab,
  stack: StackChoice = "dev",
): Promise<{ times: readonly PhaseTime[]; session: Session }> {
  const dirs = { pulumi: "", kubectl: "", acme: "" };
  const opened: { session?: Session } = {};
  const phases: readonly (Phase | ParallelPhases)[] = [
    ...setupPhases(dirs),
    {
      title: "lab",
      run: async ({ report, note }) => {
        await setupLabNetwork(lab);
        await prepareAcme(lab, dirs.acme, labAddress);
        const token = await cloudToken(lab, true);
        await rememberStack(lab, stack);
        const env = labEnvironment(lab, dirs, token);
        const session = { lab, env };
        await Promise.all([installPlugins(lab, env, report), stopCliLog(lab)]);
        const labd = await ensureLabd(session);
        report(`cloud and mirror answer in network namespace ${lab.netns}`);
        await openStack(session, stack, report);
        opened.session = session;
        note(labd);
      },
    },
  ];
  const times = await runPhases(phases);
  if (opened.session === undefined) throw new Error("lab: was not opened");
  return { times, session: opened.session };
}

/** A stack that Pulumi can work on: its config, what must be there before it, and its place in the backend. */
async function openStack(session: Session, stack: StackChoice, report: Report): Promise<void> {
  if (stack !== "dev") {
    await prepareStackConfig(session, stack, (names, nodeCidr) =>
      ensureHosts(session, names, nodeCidr, report),
    );
  }
  if (stack === "existing") {
    const config = await readStackConfig(stackConfigPath(stack));
    const domain = stringOf(config.config["hardway:domain"]);
    await pointNames(session, domain, wantedRecords(config, stackNameOf(stack)));
  }
  await ensureStack(session);
  if (stack === "existing") await setLoginKey(session);
}

export interface ClusterStart {
  readonly times: readonly PhaseTime[];
  readonly health: ClusterHealth;
  readonly progress: UpdateProgress;
}

/** The cluster's half: one `pulumi up`, then a look at what it made. */
export async function startCluster(session: Session): Promise<ClusterStart> {
  const found: { health?: ClusterHealth; progress?: UpdateProgress } = {};
  const times = await runPhases([
    { title: "interrupted runs", run: ({ report }) => recover(session, report) },
    {
      title: "cluster",
      run: async (context) => {
        const isCurrent = await isKubeconfigCurrent(session);
        found.progress = await runUpdate(session, "up", context);
        if (isCurrent && found.progress.isUnchanged) await keepKubeconfig(session);
      },
    },
    {
      title: "health",
      run: async ({ report }) => {
        found.health = await waitForHealth(session, report);
      },
    },
  ]);
  const { health, progress } = found;
  if (health === undefined || progress === undefined) throw new Error("cluster: was not made");
  return { times, health, progress };
}
