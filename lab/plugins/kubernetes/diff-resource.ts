import type { DiffRequest, DiffResult, PropertyChange } from "../lib/plugin.ts";
import { isNotFound } from "./api-error.ts";
import { isSameIdentity, scopeOf } from "./check.ts";
import { parseState } from "./checkpoint.ts";
import { diffObjects } from "./diff.ts";
import { replacingPaths } from "./force-new.ts";
import {
  builtinScope,
  isBuiltinGroup,
  isPatchType,
  parseKind,
  type GroupVersionKind,
} from "./kinds.ts";
import { annotations, hasAnnotation, isNamed } from "./metadata.ts";
import { normalizeInputs, pruneToShape, toApi } from "./normalize.ts";
import {
  apiVersionOf,
  conditionOf,
  kindOf,
  nameOf,
  textAt,
  valueAt,
  withoutValue,
  withValue,
  type KubeObject,
} from "./objects.ts";
import type { Session } from "./session.ts";
import { readObject } from "./writes.ts";

/**
 * Compares the new inputs with the live object of the state, as far as the old inputs reach: so drift of what the
 * program set is seen, and what the cluster filled in by itself is not.
 */
export async function diffResource(
  type: GroupVersionKind,
  request: DiffRequest,
  session: Session,
): Promise<DiffResult> {
  const { live, inputs } = parseState(request.state);
  const oldInputs = normalizeInputs(inputs);
  const newInputs = normalizeInputs(toApi(request.news));
  const gvk = parseKind(apiVersionOf(newInputs), kindOf(newInputs));
  const isNamespaced = await isNamespacedKind(gvk, session, request.signal);
  const before = comparable(pruneToShape(live, oldInputs), isNamespaced);
  const after = comparable(newInputs, isNamespaced);
  const identity = ["metadata.name", "metadata.namespace"];
  const changes = diffObjects({
    live: isNamed(after) ? withValue(before, ["metadata", "name"], nameOf(live)) : before,
    oldInputs,
    newInputs: after,
    replacing: isPatchType(type, gvk.kind)
      ? identity
      : replacingPaths(gvk, newInputs["immutable"] === true, session.options),
    ignoreChanges: request.ignoreChanges,
    isBuiltin: isBuiltinGroup(gvk.group),
  });
  const all = { ...changes, ...(await unreadyChange(live, after, session, request)) };
  return {
    changes: all,
    deleteBeforeReplace:
      Object.values(all).some(({ kind }) => kind.endsWith("-replace")) &&
      isNamed(after) &&
      !hasAnnotation(after, annotations.autonamed) &&
      isSameIdentity(after, withNamespace(live, isNamespaced)),
  };
}

function isNamespacedKind(
  gvk: GroupVersionKind,
  { cluster }: Session,
  signal: AbortSignal,
): Promise<boolean> {
  return cluster.isReachable
    ? scopeOf(cluster.discovery.isNamespaced(gvk, signal))
    : Promise.resolve(builtinScope(gvk) ?? true);
}

function comparable(object: KubeObject, isNamespaced: boolean): KubeObject {
  return withNamespace(withoutValue(object, ["metadata", "resourceVersion"]), isNamespaced);
}

function withNamespace(object: KubeObject, isNamespaced: boolean): KubeObject {
  const path = ["metadata", "namespace"];
  if (!isNamespaced) return withoutValue(object, path);
  const given = valueAt(object, ...path);
  return given === undefined || given === null || given === ""
    ? withValue(object, path, "default")
    : object;
}

/** A Job that has not succeeded is made anew where `pulumi.com/replaceUnready` asks for that. */
async function unreadyChange(
  live: KubeObject,
  inputs: KubeObject,
  { cluster }: Session,
  request: DiffRequest,
): Promise<Readonly<Record<string, PropertyChange>>> {
  if (!hasAnnotation(inputs, annotations.replaceUnready)) return {};
  if (!cluster.isReachable) {
    request.log("warning", "Cluster is unreachable, skipping replaceUnready check");
    return {};
  }
  if (kindOf(inputs) !== "Job") {
    request.log("warning", "replaceUnready annotation is not supported for this resource");
    return {};
  }
  const gvk = parseKind(apiVersionOf(live), kindOf(live));
  try {
    const job = await readObject(cluster, gvk, live, nameOf(live), request);
    const isComplete =
      textAt(job, "status", "startTime") !== "" &&
      conditionOf(job, "Complete")?.["status"] === "True";
    if (isComplete) return {};
  } catch (error) {
    if (!isNotFound(error)) request.log("debug", String(error));
    return {};
  }
  const path = `metadata.annotations["${annotations.replaceUnready}"]`;
  return { [path]: { kind: "update-replace" } };
}
