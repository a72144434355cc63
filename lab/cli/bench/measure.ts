import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { exec } from "../../lib/exec.ts";
import { labNamed, projectDir } from "../../lib/paths.ts";
import { type PhaseTime, type Report, runPhases } from "../../lib/progress.ts";
import { down } from "../down.ts";
import type { UpdateProgress } from "../events.ts";
import { namedMachines } from "../machines.ts";
import { execInLab, type Session } from "../session.ts";
import { readCheckpoint } from "../state.ts";
import { storedOutputs } from "../stack.ts";
import { startCluster, startLab } from "../up.ts";
import { runUpdate } from "../update.ts";
import { criticalPath, roomTimes } from "./critical-path.ts";
import { type MachineFigures, memoryFigures } from "./memory.ts";
import { failover } from "./failover.ts";
import type { FirstPage } from "./page-client.ts";
import { comparePreviews } from "./previews.ts";
import { type Figures, reportText } from "./report.ts";
import { soak, type SoakFigures, visit } from "./soak.ts";

/** Units that are the control plane; a machine with any of them is a master. */
const masterUnits = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "flanneld",
  "node-status",
];

// Run by `bench` in a copy of the checkout: node measure.ts IDLE_SECONDS SOAK_SECONDS MASTERS FIGURES_FILE
const [idleSeconds = 60, soakSeconds = 900, masters = 1] = process.argv.slice(2, 5).map(Number);
const figuresFile = process.argv[5] ?? "bench.json";
/** The demo's name in Pulumi.dev.yaml. */
const host = "demo.cloud.test";
const lab = labNamed();

process.exitCode = await down(lab, { all: false, silent: true });
try {
  const figures = await measure();
  await writeFile(figuresFile, `${JSON.stringify(figures, null, 2)}\n`);
  console.log(`${reportText(figures)}\n\nwritten to ${figuresFile}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  process.exitCode = (await down(lab, { all: false, silent: true })) || process.exitCode;
}

async function measure(): Promise<Figures> {
  if (masters > 1) await addConfig(`hardway:controlPlane: { count: ${masters} }`);
  await startLab(lab); // the first time fills the caches
  await down(lab, { all: false, silent: true });
  const { times: labTimes, session } = await startLab(lab);
  const previewEmpty = await phase("preview on an empty stack", () => preview(session));
  const started = Date.now();
  const page = visit<FirstPage>(session, ["first", host, "300"]);
  const firstUp = await startCluster(session);
  const { at } = await page;
  const checkpoint = await readCheckpoint(lab);
  const resources = checkpoint?.resources ?? [];
  const steps = await remoteSteps(resources);
  const secondUp = await phase("second npm run up", runUpCommand);
  const previews = await measured("previews", () => comparePreviews(session));
  await phase(`idle for ${idleSeconds} s`, () => sleep(idleSeconds * 1000));
  const machines = await memoryFigures(lab);
  const underLoad = soakSeconds === 0 ? null : await soaked(session);
  const lost =
    masters === 1 ? null : await failover(session, measured, () => update(session, "up"));
  await addConfig("hardway:kubelet: { maxPods: 100 }");
  const kubeletEdit = await update(session, "up");
  const destroy = await update(session, "destroy");
  return {
    measuredAt: new Date().toISOString(),
    commit: await readFile(join(projectDir, ".bench-commit"), "utf8").catch(() => ""),
    cpus: availableParallelism(),
    seconds: {
      labSetUp: topLevelSeconds(labTimes),
      previewEmpty,
      firstUp: topLevelSeconds(firstUp.times),
      firstPage: at === null ? null : (at - started) / 1000,
      secondUp,
      previewUnchanged: previews.unchanged,
      previewEmptyProgram: previews.emptyProgram,
      kubeletEdit: kubeletEdit.seconds,
      destroy: destroy.seconds,
    },
    firstUpPhases: [...firstUp.times, ...clusterParts(firstUp.progress)],
    rooms: roomTimes(firstUp.progress.steps, resources),
    criticalPath: criticalPath(firstUp.progress.steps, resources),
    resources: resources.length,
    remoteSteps: steps,
    kubeletEditChanges: kubeletEdit.progress.summary(),
    idleSeconds,
    masterUnitsMib: masterMemory(machines),
    machines,
    soak: underLoad,
    failover: lost,
  };
}

async function soaked(session: Session): Promise<SoakFigures> {
  const addresses = (await storedOutputs(session))["ingressAddresses"] as readonly string[];
  return measured(`${soakSeconds} s under load`, (report) =>
    soak(session, { host, addresses, seconds: soakSeconds }, report),
  );
}

/** A phase that finds something out. */
async function measured<T>(title: string, work: (report: Report) => Promise<T>): Promise<T> {
  const found: T[] = [];
  await runPhases([
    {
      title,
      run: async ({ report }) => {
        found.push(await work(report));
      },
    },
  ]);
  if (found.length === 0) throw new Error(`${title}: did not run`);
  return found[0] as T;
}

async function phase(title: string, work: () => Promise<unknown>): Promise<number> {
  const [time] = await runPhases([
    {
      title,
      run: async () => {
        await work();
      },
    },
  ]);
  return time?.seconds ?? 0;
}

function preview(session: Session): Promise<unknown> {
  return execInLab(session, ["pulumi", "preview", "--non-interactive", "--color=never"]);
}

/** The whole command, as a user waits for it. */
function runUpCommand(): Promise<unknown> {
  return exec("sh", [join(projectDir, "lab", "run.sh"), "up"], { cwd: projectDir });
}

/** Adds a line to the stack's config. */
async function addConfig(line: string): Promise<void> {
  const path = join(projectDir, "Pulumi.dev.yaml");
  const text = await readFile(path, "utf8");
  const edited = text.replace(/^config:.*\n/m, `$&  ${line}\n`);
  if (edited === text) throw new Error(`${path}: the edit changes nothing`);
  await writeFile(path, edited);
}

async function update(
  session: Session,
  verb: "up" | "destroy",
): Promise<{ seconds: number; progress: UpdateProgress }> {
  const done: UpdateProgress[] = [];
  const [time] = await runPhases([
    {
      title: `pulumi ${verb}`,
      run: async (context) => {
        done.push(await runUpdate(session, verb, context));
      },
    },
  ]);
  const [progress] = done;
  if (progress === undefined) throw new Error(`pulumi ${verb}: did not run`);
  return { seconds: time?.seconds ?? 0, progress };
}

/** What the time of the phase "cluster" went to. */
function clusterParts({ span, steps }: UpdateProgress): readonly PhaseTime[] {
  const firstMs = Math.min(...steps.map(({ startedMs }) => startedMs));
  const lastMs = Math.max(...steps.map(({ endedMs }) => endedMs));
  const part = (title: string, fromMs: number, toMs: number): PhaseTime => ({
    title: `  of cluster: ${title}`,
    seconds: (toMs - fromMs) / 1000,
    parallel: true,
  });
  return [
    part("start of engine and program", span.startedMs, firstMs),
    part("steps", firstMs, lastMs),
    part("end of engine", lastMs, span.endedMs),
  ];
}

/** Phases inside a group ran side by side: the group's own time is theirs together. */
function topLevelSeconds(times: readonly PhaseTime[]): number {
  return times.filter(({ parallel }) => !parallel).reduce((sum, { seconds }) => sum + seconds, 0);
}

async function remoteSteps(
  resources: readonly { readonly type: string; readonly urn: string }[],
): Promise<Readonly<Record<string, number>>> {
  const commands = resources.filter(({ type }) => type === "command:remote:Command");
  return Object.fromEntries(
    (await namedMachines(lab)).map(({ name }) => [
      name,
      commands.filter(({ urn }) => urn.includes(`::${name}-`)).length,
    ]),
  );
}

function masterMemory(machines: readonly MachineFigures[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    machines.flatMap(({ machine, units }) => {
      const own = units.filter(({ unit }) => masterUnits.includes(unit.replace(/\.service$/, "")));
      if (!own.some(({ unit }) => unit === "kube-apiserver.service")) return [];
      return [[machine, own.reduce((sum, { rssMib }) => sum + rssMib, 0)]];
    }),
  );
}
