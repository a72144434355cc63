import { resourceName, shortType, type StepTime } from "../events.ts";
import type { StoredResource } from "../state.ts";

/** One step of the chain that decided how long the whole took. */
export interface CriticalStep {
  readonly name: string;
  readonly kind: string;
  /** Part of the program it belongs to, see `roomOf`. */
  readonly room: string;
  /** Since the first step began. */
  readonly startSeconds: number;
  readonly seconds: number;
  /** Between the end of what it waited for and its own start: the engine and the program. */
  readonly waitedSeconds: number;
}

/** When one part of the program was at work. */
export interface RoomTime {
  readonly room: string;
  readonly steps: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Seconds of the critical path that were spent in it. */
  readonly criticalSeconds: number;
}

/**
 * The chain of steps that ended last: each one with what it waited for longest.
 * @param resources - the stack's state after the run, for what depends on what
 */
export function criticalPath(
  steps: readonly StepTime[],
  resources: readonly StoredResource[],
): readonly CriticalStep[] {
  const byUrn = new Map(steps.map((step) => [step.urn, step]));
  const stored = new Map(resources.map((resource) => [resource.urn, resource]));
  const originMs = Math.min(...steps.map(({ startedMs }) => startedMs));
  const path: CriticalStep[] = [];
  let current = latest(steps);
  while (current !== undefined) {
    const step: StepTime = current;
    const before = latest(
      awaitedSteps(step.urn, byUrn, stored).filter(({ endedMs }) => endedMs <= step.startedMs),
    );
    path.unshift({
      name: resourceName(step.urn),
      kind: shortType(stored.get(step.urn)?.type ?? ""),
      room: roomOf(step.urn, stored),
      startSeconds: (step.startedMs - originMs) / 1000,
      seconds: (step.endedMs - step.startedMs) / 1000,
      waitedSeconds: (step.startedMs - (before?.endedMs ?? originMs)) / 1000,
    });
    current = before;
  }
  return path;
}

/** When each part of the program was at work, in the order they began. */
export function roomTimes(
  steps: readonly StepTime[],
  resources: readonly StoredResource[],
): readonly RoomTime[] {
  const stored = new Map(resources.map((resource) => [resource.urn, resource]));
  const originMs = Math.min(...steps.map(({ startedMs }) => startedMs));
  const critical = criticalPath(steps, resources);
  const rooms = Map.groupBy(steps, ({ urn }) => roomOf(urn, stored));
  return [...rooms]
    .map(([room, ofRoom]) => ({
      room,
      steps: ofRoom.length,
      startSeconds: (Math.min(...ofRoom.map(({ startedMs }) => startedMs)) - originMs) / 1000,
      endSeconds: (Math.max(...ofRoom.map(({ endedMs }) => endedMs)) - originMs) / 1000,
      criticalSeconds: critical
        .filter((step) => step.room === room)
        .reduce((sum, { seconds, waitedSeconds }) => sum + seconds + waitedSeconds, 0),
    }))
    .sort((a, b) => a.startSeconds - b.startSeconds);
}

/** The folder of components/ whose component made a resource: "etcd" for a child of "hardway:etcd:EtcdCluster". */
function roomOf(urn: string, stored: ReadonlyMap<string, StoredResource>): string {
  for (let at = stored.get(urn); at !== undefined; at = stored.get(at.parent ?? "")) {
    const room = /^hardway:([^:]+):/.exec(at.type)?.[1];
    if (room !== undefined && room !== "index" && room !== "remote") return room;
  }
  return "cluster";
}

/** The steps a resource waited for; providers and components in between made none and are looked through. */
function awaitedSteps(
  urn: string,
  byUrn: ReadonlyMap<string, StepTime>,
  stored: ReadonlyMap<string, StoredResource>,
): readonly StepTime[] {
  const seen = new Set([urn]);
  const found: StepTime[] = [];
  const open = [...dependenciesOf(stored.get(urn))];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const step = byUrn.get(next);
    if (step === undefined) open.push(...dependenciesOf(stored.get(next)));
    else found.push(step);
  }
  return found;
}

/** What the engine had to finish before this: its inputs' sources, what the program named, its provider. */
function dependenciesOf(resource: StoredResource | undefined): readonly string[] {
  const provider = resource?.provider?.replace(/::[^:]*$/, "");
  return [...(resource?.dependencies ?? []), ...(provider === undefined ? [] : [provider])];
}

function latest(steps: readonly StepTime[]): StepTime | undefined {
  return steps.reduce<StepTime | undefined>(
    (last, step) => (last === undefined || step.endedMs > last.endedMs ? step : last),
    undefined,
  );
}
