import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../lib/progress.ts";
import { cloudRequest, deleteAndWait } from "./cloud.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { isPulumi, leftBehind, processesInLab } from "./lab-processes.ts";
import { cloudSearches, type ClusterObject, pendingObjects } from "./orphans.ts";
import { execInLab, type Session } from "./session.ts";
import { readCheckpoint, stackLocks } from "./state.ts";

/** How long another run may hold the stack before we give up. */
const lockPatienceMs = 15 * 60_000;

/** How long to wait for an API server that was there before. */
const apiPatienceMs = 30_000;

export interface RecoverOptions {
  /** Ask a run that still goes on to end, instead of waiting for it. @default false */
  readonly interrupt?: boolean;
}

/**
 * Makes the stack ready for the next update, whatever cut the last one off.
 *
 * Waits for a run that still goes on, removes the lock of one that is dead, ends its plugins, and looks for
 * what it was creating at that moment: if it exists, it is removed, because the engine will make it again.
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
      search.orphansIn(body).map(({ id, name }) => {
        report(`removing ${search.what} ${name} (${id}): created, but never recorded`);
        return deleteAndWait(session, search.path(id));
      }),
    );
  }
  const objects = pendingObjects(checkpoint);
  const asked = objects.length === 0 || (await removeObjects(session, objects, report));
  if (!asked) report("the API server does not answer: the next run will look again");
  await forgetPendingCreates(session, asked ? [] : objects.map(({ urn }) => urn));
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

/**
 * Removes objects that Pulumi was creating; an object of the same name that somebody else made stays.
 * @returns whether the API server could be asked
 */
async function removeObjects(
  session: Session,
  objects: readonly ClusterObject[],
  report: Report,
): Promise<boolean> {
  const kubeconfig = await kubeconfigOf(session).catch(() => null);
  if (kubeconfig === null) return true; // there never was an API server to make anything in
  if (!(await isApiServerReady(session))) return false;
  for (const object of objects) {
    const input = manifestOf(object);
    const found = await kubectl(
      session,
      ["get", "--ignore-not-found", "--show-managed-fields", "--output=json", "-f", "-"],
      input,
    ).catch(() => null);
    if (found === null) continue; // its CRD is gone, and the object with it
    const isGone = found.stdout.trim() === "";
    if (!isGone && !isOurs(found.stdout)) continue;
    if (!isGone) {
      report(`removing ${object.kind} ${object.name}: created, but never recorded`);
      await kubectl(session, ["delete", "--ignore-not-found", "--timeout=60s", "-f", "-"], input);
    }
    if (object.kind === "Service") await releaseAddresses(session, object, report);
  }
  return true;
}

/**
 * Frees the addresses of a Service that is gone. An API server that was cut off while it made one may have the address without the
 * Service; its own repair comes minutes later, and until then "provided IP is already allocated".
 * @see https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
 */
async function releaseAddresses(
  session: Session,
  service: ClusterObject,
  report: Report,
): Promise<void> {
  const { stdout } = await kubectl(session, ["get", "ipaddresses", "--output=json"]);
  for (const address of addressesOf(service, stdout)) {
    report(`freeing ${address}: of Service ${service.name}, which is gone`);
    await kubectl(session, ["delete", "ipaddress", address, "--ignore-not-found"]);
  }
}

interface Addresses {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly parentRef: {
        readonly resource: string;
        readonly namespace?: string;
        readonly name: string;
      };
    };
  }[];
}

/** Names of those IPAddresses in a list, as `kubectl get --output=json` prints it, that a Service holds. */
export function addressesOf(
  { namespace, name }: Pick<ClusterObject, "namespace" | "name">,
  json: string,
): readonly string[] {
  return (JSON.parse(json) as Addresses).items
    .filter(
      ({ spec: { parentRef } }) =>
        parentRef.resource === "services" &&
        parentRef.name === name &&
        parentRef.namespace === (namespace ?? "default"),
    )
    .map(({ metadata }) => metadata.name);
}

function kubectl(
  session: Session,
  args: readonly string[],
  input = "",
): Promise<{ readonly stdout: string }> {
  return execInLab(session, ["kubectl", "--request-timeout=20s", ...args], { input });
}

/** It may be starting: the machine's last reboot, or the very step that was cut off. */
async function isApiServerReady(session: Session): Promise<boolean> {
  const deadline = Date.now() + apiPatienceMs;
  for (;;) {
    const ready = await execInLab(session, [
      ...["kubectl", "--request-timeout=5s", "get", "--raw=/readyz"],
    ]).then(
      () => true,
      () => false,
    );
    if (ready || Date.now() > deadline) return ready;
    await sleep(500);
  }
}

function manifestOf({ apiVersion, kind, name, namespace }: ClusterObject): string {
  return JSON.stringify({
    apiVersion,
    kind,
    metadata: { name, ...(namespace === null ? {} : { namespace }) },
  });
}

interface Managed {
  readonly metadata?: { readonly managedFields?: readonly { readonly manager?: string }[] };
}

/** Whether a Pulumi provider made an object that `kubectl get --output=json -f` printed, alone or in a list. */
export function isOurs(json: string): boolean {
  if (json.trim() === "") return false;
  const printed = JSON.parse(json) as Managed & { readonly items?: readonly Managed[] };
  return [printed, ...(printed.items ?? [])].some(({ metadata }) =>
    (metadata?.managedFields ?? []).some(({ manager }) => manager?.startsWith("pulumi") === true),
  );
}

/**
 * The engine carries pending creations along for ever and warns each time; only an edit of the state ends that.
 * @param kept - URNs of those still to be looked for
 */
async function forgetPendingCreates(session: Session, kept: readonly string[]): Promise<void> {
  const exported = await execInLab(session, ["pulumi", "stack", "export"]);
  const path = join(session.lab.stateDir, "stack-import.json");
  await writeFile(path, withoutPendingCreates(exported.stdout, kept), { mode: 0o600 });
  await execInLab(session, ["pulumi", "stack", "import", "--file", path]);
  await rm(path);
}

/** An exported stack without its pending creations, except those of the URNs in `kept`. */
export function withoutPendingCreates(exported: string, kept: readonly string[]): string {
  const stack = JSON.parse(exported) as {
    deployment: { pending_operations?: readonly { type: string; resource: { urn: string } }[] };
  };
  const pending = stack.deployment.pending_operations ?? [];
  return JSON.stringify({
    ...stack,
    deployment: {
      ...stack.deployment,
      pending_operations: pending.filter(
        ({ type, resource }) => type !== "creating" || kept.includes(resource.urn),
      ),
    },
  });
}
