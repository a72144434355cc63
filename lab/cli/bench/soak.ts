import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../../lib/progress.ts";
import { machineMemory, oomKills } from "../../machines/memory.ts";
import { namedMachines } from "../machines.ts";
import { publishedDir } from "../../mirror/publish.ts";
import { execInLab, type Session } from "../session.ts";
import type { LoadFigures } from "./page-client.ts";

/** How a cluster stood a time under load. */
export interface SoakFigures {
  readonly seconds: number;
  readonly page: LoadFigures;
  /** Least memory that was available on each machine at any moment, in MiB. */
  readonly leastAvailableMib: Readonly<Record<string, number>>;
  /** Processes that the kernel killed for want of memory, on each machine. */
  readonly oomKills: Readonly<Record<string, number>>;
  /** Containers that were started again during it, whatever ended them. */
  readonly restarts: number;
}

/** Requests a second for the page, all together. */
const pageRate = 20;
/** How often memory is looked at, and something is changed through the API. */
const [lookMs, churnMs] = [2000, 15_000];

/**
 * Loads a cluster for a time, and looks at the memory of its machines meanwhile: visitors of the page at all workers, a
 * Deployment that rolls without end, lists of all objects, metrics.
 * @param host - the page's name in DNS
 */
export async function soak(
  session: Session,
  { host, addresses, seconds }: { host: string; addresses: readonly string[]; seconds: number },
  report: Report,
): Promise<SoakFigures> {
  const deadline = Date.now() + seconds * 1000;
  const before = await restarts(session);
  const machines = await namedMachines(session.lab);
  const least = new Map<string, number>();
  const kills = new Map<string, number>();
  let said = "";
  const look = async (): Promise<void> => {
    for (const { id, name } of machines) {
      const { availableBytes } = await machineMemory(session.lab, id);
      least.set(name, Math.min(least.get(name) ?? Infinity, availableBytes / 2 ** 20));
      // A group that is gone takes its count along: the highest that was seen stays.
      kills.set(name, Math.max(kills.get(name) ?? 0, oomKills(session.lab, id)));
    }
    const text = [...least].map(([name, mib]) => `${name} ${Math.round(mib)}`).join(", ");
    if (text !== said) report(`least available so far, in MiB: ${text}`);
    said = text;
  };
  const [page] = await Promise.all([
    pageLoad(session, host, seconds, addresses),
    repeatedly(deadline, lookMs, look),
    churn(session, deadline),
  ]);
  return {
    seconds,
    page,
    leastAvailableMib: Object.fromEntries(least),
    oomKills: Object.fromEntries(kills),
    restarts: (await restarts(session)) - before,
  };
}

async function pageLoad(
  session: Session,
  host: string,
  seconds: number,
  addresses: readonly string[],
): Promise<LoadFigures> {
  return visit<LoadFigures>(session, ["load", host, `${seconds}`, `${pageRate}`, ...addresses]);
}

/** Runs the visitor of the page: what it printed. */
export async function visit<T>(session: Session, args: readonly string[]): Promise<T> {
  const script = join(import.meta.dirname, "page-client.ts");
  // The ACME server's own authority: the page's root is asked for there.
  const env = { ...session.env, NODE_EXTRA_CA_CERTS: join(publishedDir, "acme-ca.pem") };
  const { stdout } = await execInLab({ ...session, env }, [process.execPath, script, ...args]);
  return JSON.parse(stdout) as T;
}

/** Work for the API server and the kubelets: what somebody who deploys all day does. */
async function churn(session: Session, deadline: number): Promise<void> {
  const kubectl = (...args: string[]) => execInLab(session, ["kubectl", ...args]);
  const image = await pauseImage(session);
  await kubectl("create", "namespace", "soak");
  await kubectl("create", "deployment", "churn", "-n", "soak", `--image=${image}`, "--replicas=4");
  await repeatedly(deadline, churnMs, async () => {
    await kubectl("rollout", "restart", "deployment/churn", "-n", "soak");
    await kubectl("get", "all,secrets,configmaps,events", "-A", "-o", "json");
    await kubectl("top", "pods", "-A").catch(() => undefined);
  });
  await kubectl("delete", "namespace", "soak");
}

/** An image that every worker has already. */
async function pauseImage(session: Session): Promise<string> {
  const path = "jsonpath={.items[*].status.images[*].names[*]}";
  const { stdout } = await execInLab(session, ["kubectl", "get", "nodes", "-o", path]);
  const image = stdout.split(" ").find((name) => /\/pause[:@]/.test(name));
  if (image === undefined) throw new Error("soak: no worker has the pause image");
  return image;
}

async function restarts(session: Session): Promise<number> {
  const path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
  const { stdout } = await execInLab(session, ["kubectl", "get", "pods", "-A", "-o", path]);
  return stdout
    .split(" ")
    .map(Number)
    .reduce((sum, count) => sum + count, 0);
}

async function repeatedly(
  deadline: number,
  everyMs: number,
  work: () => Promise<void>,
): Promise<void> {
  while (Date.now() < deadline) {
    await work();
    await sleep(Math.max(0, Math.min(everyMs, deadline - Date.now())));
  }
}
