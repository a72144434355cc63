import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectDir } from "../../lib/paths.ts";
import type { Report } from "../../lib/progress.ts";
import { machineNetns } from "../../machines/machine-dir.ts";
import { powerOff, powerOn } from "../../machines/power.ts";
import { waitForHealth } from "../health.ts";
import { machineNamed } from "../machines.ts";
import type { Session } from "../session.ts";
import type { ApiFigures } from "./api-client.ts";
import { startApiLoad } from "./api-load.ts";

/** What clients of the API on a worker, which try again once, noticed of the control plane's machines. */
export interface FailoverFigures {
  /** One machine lost its power, and came back. */
  readonly powerCut: ApiFigures;
  /** One flag of the API server changed, machine after machine. */
  readonly flagChange: ApiFigures & { readonly seconds: number };
}

/** Until all have noticed that a machine is gone: the lease of the leader, and then 50 s for its Node. */
const lostMs = 90_000;
/** So many that each API server has some of their connections. */
const clients = 4;
const unit = join(projectDir, "assets", "units", "kube-apiserver.service");

/**
 * @param measured - a phase that finds something out
 * @param update - runs `pulumi up` and tells how long it took
 */
export async function failover(
  session: Session,
  measured: <T>(title: string, work: (report: Report) => Promise<T>) => Promise<T>,
  update: () => Promise<{ readonly seconds: number }>,
): Promise<FailoverFigures> {
  const netns = machineNetns(session.lab, (await machineNamed(session.lab, "worker-1")).id);
  const loads = await Promise.all(
    Array.from({ length: clients }, (_, at) =>
      startApiLoad(session, { netns, name: `bench-${at}`, addresses: ["127.0.0.1"] }),
    ),
  );
  const figures = async () => inAll(await Promise.all(loads.map((load) => load.figures())));
  try {
    await measured("power cut of master-1", (report) => powerCycle(session, "master-1", report));
    const powerCut = await figures();
    await editFlag();
    const { seconds } = await update();
    return { powerCut, flagChange: { ...(await figures()), seconds } };
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
}

function inAll(each: readonly ApiFigures[]): ApiFigures {
  const sum = (of: (figures: ApiFigures) => number) => each.map(of).reduce((a, b) => a + b, 0);
  return {
    answered: sum(({ answered }) => answered),
    retried: sum(({ retried }) => retried),
    failed: each.flatMap(({ failed }) => failed),
    lost: each.flatMap(({ lost }) => lost),
    longestGapMs: Math.max(...each.map(({ longestGapMs }) => longestGapMs)),
  };
}

async function powerCycle(session: Session, machine: string, report: Report): Promise<void> {
  const { id } = await machineNamed(session.lab, machine);
  await powerOff(session.lab, id);
  await sleep(lostMs);
  await powerOn(session.lab, id);
  await waitForHealth(session, report);
}

async function editFlag(): Promise<void> {
  const text = await readFile(unit, "utf8");
  const edited = text.replace(/--event-ttl=\d+m/, "--event-ttl=31m");
  if (edited === text) throw new Error(`${unit}: the edit changes nothing`);
  await writeFile(unit, edited);
}
