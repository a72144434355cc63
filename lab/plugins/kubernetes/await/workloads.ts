import {
  generationOf,
  isOwnedBy,
  nameOf,
  namespaceOf,
  numberAt,
  textAt,
  uidOf,
  type KubeObject,
} from "../objects.ts";
import {
  info,
  ObjectSet,
  type Assessment,
  type AwaitedObject,
  type Awaiter,
  type ObjectEvent,
} from "./awaiter.ts";
import { labelSelectorOf, podProblems, podWarnings } from "./pods.ts";

/** How far a rollout has come. */
interface Progress {
  readonly isReady: boolean;
  readonly message: string;
  readonly problems: readonly string[];
}

/** A DaemonSet is ready when every node that it wants a Pod on has an up-to-date one that is available. */
export function daemonSetAwaiter(awaited: AwaitedObject): Awaiter {
  return podOwnerAwaiter(awaited, daemonSetProgress);
}

/** A StatefulSet is ready when all its replicas are, and none is of an older revision. */
export function statefulSetAwaiter(awaited: AwaitedObject): Awaiter {
  return podOwnerAwaiter(awaited, statefulSetProgress);
}

/** For a workload that owns its Pods directly. */
function podOwnerAwaiter(
  { gvk, object }: AwaitedObject,
  progressOf: (workload: KubeObject) => Progress,
): Awaiter {
  const namespace = namespaceOf(object);
  const pods = new ObjectSet();
  let workload = object;
  const assess = (): Assessment => {
    const isSeen =
      (numberAt(workload, "status", "observedGeneration") ?? 0) >= generationOf(workload);
    const progress = isSeen ? progressOf(workload) : unseen(workload);
    const ours = pods.all().filter((pod) => isOwnedBy(pod, object));
    const mark = progress.isReady ? "✅ " : "";
    return {
      isReady: progress.isReady,
      object: workload,
      status: [info(mark + progress.message), ...(progress.isReady ? [] : podWarnings(ours))],
      problems: [...progress.problems, ...podProblems(ours)],
    };
  };
  return {
    watches: [
      { gvk, namespace, name: nameOf(object) },
      {
        gvk: { group: "", version: "v1", kind: "Pod" },
        namespace,
        labelSelector: labelSelectorOf(object),
      },
    ],
    observe: (event) => {
      if (event.kind === "Pod") pods.observe(nameOf(event.object), event);
      else if (isCurrent(event, object)) workload = event.object;
    },
    assess,
  };
}

/** True for news of the object itself that are not older than what we wrote. */
export function isCurrent({ type, object: seen }: ObjectEvent, written: KubeObject): boolean {
  return (
    type !== "DELETED" &&
    uidOf(seen) === uidOf(written) &&
    generationOf(seen) >= generationOf(written)
  );
}

function unseen(workload: KubeObject): Progress {
  const kind = textAt(workload, "kind");
  const observed = numberAt(workload, "status", "observedGeneration") ?? 0;
  const message = `${kind} generation is ${generationOf(workload)}, but latest observed generation is ${observed}`;
  return { isReady: false, message, problems: [message] };
}

function daemonSetProgress(workload: KubeObject): Progress {
  const count = (key: string): number => numberAt(workload, "status", key) ?? 0;
  const wanted = count("desiredNumberScheduled");
  const steps: readonly (readonly [string, number])[] = [
    ["Current", count("currentNumberScheduled")],
    ["Updated", count("updatedNumberScheduled")],
    ["Available", count("numberAvailable")],
    ["Ready", count("numberReady")],
  ];
  const behind = steps.find(([, number]) => number < wanted);
  if (!behind) {
    const message = `All replicas scheduled as expected. Replicas: ${wanted}`;
    return { isReady: true, message, problems: [] };
  }
  const message = `${behind[0]}: ${behind[1]}/${wanted}`;
  return { isReady: false, message, problems: [message] };
}

function statefulSetProgress(workload: KubeObject): Progress {
  const count = (key: string): number => numberAt(workload, "status", key) ?? 0;
  const wanted = numberAt(workload, "spec", "replicas") ?? 0;
  const [revision, target] = [
    textAt(workload, "status", "currentRevision"),
    textAt(workload, "status", "updateRevision"),
  ];
  const isFirst = generationOf(workload) <= 1;
  const isOnDelete = !isFirst && textAt(workload, "spec", "updateStrategy", "type") === "OnDelete";
  const isRevisionReady = isOnDelete || (revision !== "" && revision === target);
  const areReplicasReady =
    count("replicas") === wanted &&
    count("readyReplicas") === wanted &&
    (isOnDelete || count("currentReplicas") === wanted);
  if (areReplicasReady && isRevisionReady) {
    return { isReady: true, message: "StatefulSet initialization complete", problems: [] };
  }
  const ready = isRevisionReady
    ? count("readyReplicas")
    : Math.min(count("readyReplicas"), count("updatedReplicas"));
  const waiting = isFirst
    ? `[1/2] Waiting for StatefulSet to create Pods (${ready}/${wanted} Pods ready)`
    : `[1/3] Waiting for StatefulSet update to roll out (${ready}/${wanted} Pods ready)`;
  return {
    isReady: false,
    message:
      isFirst || !areReplicasReady
        ? waiting
        : "[2/3] Waiting for StatefulSet to update .status.currentRevision",
    problems: [
      ...(areReplicasReady
        ? []
        : [`${ready} out of ${wanted} replicas succeeded readiness checks`]),
      ...(isRevisionReady
        ? []
        : [
            `StatefulSet controller failed to advance from revision ${JSON.stringify(revision)} to revision ${JSON.stringify(target)}`,
          ]),
    ],
  };
}
