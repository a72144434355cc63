import { isMap, type PropertyMap } from "../../lib/values.ts";
import {
  annotationOf,
  conditionOf,
  generationOf,
  isOwnedBy,
  listAt,
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
  warning,
  type Assessment,
  type AwaitedObject,
  type Awaiter,
  type StatusLine,
} from "./awaiter.ts";
import { labelSelectorOf, podProblems, podWarnings } from "./pods.ts";

const revisionKey = "deployment.kubernetes.io/revision";

/**
 * A Deployment is ready when its controller has seen this generation, it is available, the ReplicaSet of its
 * revision has all its Pods ready, and the claims it mounts are bound; after the first revision also when the
 * rollout is over.
 */
export function deploymentAwaiter({ gvk, object, before }: AwaitedObject): Awaiter {
  const namespace = namespaceOf(object);
  const labelSelector = labelSelectorOf(object);
  const core = { group: "", version: "v1" };
  const [replicaSets, pods, claims] = [new ObjectSet(), new ObjectSet(), new ObjectSet()];
  let deployment = object;

  const assess = (): Assessment => {
    const revision = annotationOf(deployment, revisionKey);
    const isSeen =
      numberAt(deployment, "status", "observedGeneration") === generationOf(deployment);
    const replicaSet = replicaSets
      .all()
      .find((set) => isOwnedBy(set, object) && annotationOf(set, revisionKey) === revision);
    const isRollout = before !== undefined && revision !== annotationOf(before, revisionKey);
    const rollout = replicaSet ? replicasOf(replicaSet) : undefined;
    const isRolledOut = rollout !== undefined && rollout.ready >= rollout.wanted;
    const isAvailable = conditionOf(deployment, "Available")?.["status"] === "True";
    const progress = conditionOf(deployment, "Progressing");
    const isOver =
      revision === "1" ||
      (progress?.["status"] === "True" && progress["reason"] === "NewReplicaSetAvailable");
    const ours = replicaSet ? pods.all().filter((pod) => isOwnedBy(pod, replicaSet)) : [];
    const unbound = unboundClaims(deployment, claims.all());
    const isReady =
      isSeen && revision !== "" && isAvailable && isOver && isRolledOut && unbound.length === 0;
    const failing = isSeen ? failingConditions(deployment) : [];
    return {
      isReady,
      object: deployment,
      status: isReady
        ? doneStatus(deployment, rollout)
        : [
            ...(isRolledOut || rollout === undefined ? [] : [waitingStatus(rollout)]),
            ...failing.map(warning),
            ...unbound.map(claimStatus),
            ...podWarnings(ours),
          ],
      problems: [
        ...failing,
        ...(unbound.length > 0
          ? [
              `Failed to bind PersistentVolumeClaim(s): ${JSON.stringify(unbound.map(nameOf).join(","))}`,
            ]
          : []),
        ...rolloutProblems({ isSeen, isAvailable, isOver, isRolledOut, isRollout }),
        ...podProblems(ours),
      ],
    };
  };

  return {
    watches: [
      { gvk, namespace, name: nameOf(object) },
      { gvk: { ...gvk, version: "v1", kind: "ReplicaSet" }, namespace, labelSelector },
      { gvk: { ...core, kind: "Pod" }, namespace, labelSelector },
      ...(claimNames(object).length > 0
        ? [{ gvk: { ...core, kind: "PersistentVolumeClaim" }, namespace }]
        : []),
    ],
    observe: (event) => {
      const name = nameOf(event.object);
      if (event.kind === "ReplicaSet") replicaSets.observe(name, event);
      else if (event.kind === "Pod") pods.observe(name, event);
      else if (event.kind === "PersistentVolumeClaim") claims.observe(name, event);
      else if (
        event.type !== "DELETED" &&
        uidOf(event.object) === uidOf(object) &&
        generationOf(event.object) >= generationOf(object)
      ) {
        deployment = event.object;
      }
    },
    assess,
  };
}

interface Replicas {
  readonly wanted: number;
  readonly ready: number;
}

function replicasOf(replicaSet: KubeObject): Replicas {
  return {
    wanted: numberAt(replicaSet, "spec", "replicas") ?? 1,
    ready: numberAt(replicaSet, "status", "readyReplicas") ?? 0,
  };
}

function waitingStatus({ ready, wanted }: Replicas): StatusLine {
  return info(`Waiting for app ReplicaSet to be available (${ready}/${wanted} Pods available)`);
}

function doneStatus(deployment: KubeObject, replicas: Replicas | undefined): readonly StatusLine[] {
  return [
    ...(replicas?.wanted === 0
      ? [warning(`Replicas scaled to 0 for Deployment ${JSON.stringify(nameOf(deployment))}`)]
      : []),
    info("✅ Deployment initialization complete"),
  ];
}

/** Conditions that tell why there is no progress; ReplicaFailure names what stops Pods from being created. */
function failingConditions(deployment: KubeObject): readonly string[] {
  const isBad = (condition: PropertyMap): boolean => {
    const [type, status] = [condition["type"], condition["status"]];
    if (type === "ReplicaFailure") return status === "True";
    return (type === "Progressing" || type === "Available") && status !== "True";
  };
  return listAt(deployment, "status", "conditions")
    .filter(isMap)
    .filter(isBad)
    .map((condition) => `[${textAt(condition, "reason")}] ${textAt(condition, "message")}`);
}

function rolloutProblems(state: {
  readonly isSeen: boolean;
  readonly isAvailable: boolean;
  readonly isOver: boolean;
  readonly isRolledOut: boolean;
  readonly isRollout: boolean;
}): readonly string[] {
  if (!state.isSeen) return ["The Deployment controller has not seen the change"];
  if (!state.isAvailable) return ["Minimum number of live Pods was not attained"];
  if (!state.isOver || (!state.isRolledOut && !state.isRollout)) {
    return ["Minimum number of Pods to consider the application live was not attained"];
  }
  if (state.isRolledOut) return [];
  return [
    "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
  ];
}

function claimNames(deployment: KubeObject): readonly string[] {
  return listAt(deployment, "spec", "template", "spec", "volumes")
    .map((volume) => textAt(volume, "persistentVolumeClaim", "claimName"))
    .filter((name) => name !== "");
}

function unboundClaims(
  deployment: KubeObject,
  claims: readonly KubeObject[],
): readonly KubeObject[] {
  const names = claimNames(deployment);
  return claims.filter(
    (claim) => names.includes(nameOf(claim)) && textAt(claim, "status", "phase") !== "Bound",
  );
}

function claimStatus(claim: KubeObject): StatusLine {
  const phase = textAt(claim, "status", "phase");
  return warning(
    `PersistentVolumeClaim: [${nameOf(claim)}] is not ready. status.phase currently at: ${phase}`,
  );
}
