import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../lib/progress.ts";
import { cloudRequest, deleteAndWait } from "./cloud.ts";
import { isPulumi, leftBehind, processesInLab } from "./lab-processes.ts";
import { cloudSearches, orphansOf } from "./orphans.ts";
import { execInLab, type Session } from "./session.ts";
import { readCheckpoint, stackLocks } from "./state.ts";

/** How long another run may hold the stack before we give up. */
const lockPatienceMs = 15 * 60_000;

export interface RecoverOptions {
  /** Ask a run that still goes on to end, instead of waiting for it. @default false */
  readonly interrupt?: boolean;
}

/**
 * Makes the stack ready for the next update, whatever cut the last one off.
 *
 * Waits for a run that still goes on, removes the lock of one that is dead, ends its plugins, and looks for
 * what it was creating in the cloud at that moment: if it exists, it is removed, because the engine will make
 * it again. Keys exist only in the state, remote steps can be run twice, and objects of the cluster are taken
 * over by the program's own provider.
 * @throws Error when another run holds the stack for too long
 */
export async function recover(
  session: Session,
  report: Report,
  { interrupt = false }: RecoverOptions = {},
): Promise<void> {
  await waitForLocks(session, report, interrupt);
  for (const { pid, args } of leftBehind(processesInLab(session.lab))) {
    report(`ending process ${pid}, left by an interrupted run: ${args[0] ?? ""}`);
    process.kill(pid, "SIGKILL");
  }
  const checkpoint = await readCheckpoint(session.lab);
  if (checkpoint === null || checkpoint.pendingCreates.length === 0) return;
  report(
    `the last run was interrupted while creating ${checkpoint.pendingCreates.length} resources`,
  );
  for (const search of cloudSearches(checkpoint)) {
    const { body } = await cloudRequest(session, "GET", search.list);
    await Promise.all(
      orphansOf(search, body).map(({ id, name }) => {
        report(`removing ${search.what} ${name} (${id}): created, but never recorded`);
        return deleteAndWait(session, search.path(id));
      }),
    );
  }
  await forgetPendingCreates(session);
}

async function waitForLocks(session: Session, report: Report, interrupt: boolean): Promise<void> {
  const { lab } = session;
  const deadline = Date.now() + lockPatienceMs;
  let told = 0;
  for (;;) {
    const locks = await stackLocks(lab);
    if (locks.length === 0) return;
    const holder = locks.find(({ pid }) => pid > 0 && isPulumi(pid));
    if (holder === undefined) {
      report("removing the stack's lock: the run that took it is gone");
      await execInLab(session, ["pulumi", "cancel", "--yes", "--non-interactive"]);
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `stack: pulumi (process ${holder.pid}) has held it for 15 minutes; end it, then run this again`,
      );
    }
    if (told !== holder.pid) {
      report(`waiting for pulumi (process ${holder.pid}), which uses the stack`);
      if (interrupt) process.kill(holder.pid, "SIGINT");
    }
    told = holder.pid;
    await sleep(250);
  }
}

/** The engine carries pending creations along for ever and warns each time; only an edit of the state ends that. */
async function forgetPendingCreates(session: Session): Promise<void> {
  const exported = await execInLab(session, ["pulumi", "stack", "export"]);
  const path = join(session.lab.stateDir, "stack-import.json");
  await writeFile(path, withoutPendingCreates(exported.stdout), { mode: 0o600 });
  await execInLab(session, ["pulumi", "stack", "import", "--file", path]);
  await rm(path);
}

/** An exported stack without its pending creations. */
export function withoutPendingCreates(exported: string): string {
  const stack = JSON.parse(exported) as {
    deployment: { pending_operations?: readonly { type: string }[] };
  };
  const pending = stack.deployment.pending_operations ?? [];
  return JSON.stringify({
    ...stack,
    deployment: {
      ...stack.deployment,
      pending_operations: pending.filter(({ type }) => type !== "creating"),
    },
  });
}
