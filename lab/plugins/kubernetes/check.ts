import type { CheckRequest, CheckResult } from "../lib/plugin.ts";
import { hasUnknown } from "../lib/values.ts";
import { NoScopeError } from "./api-error.ts";
import { secretData } from "./checkpoint.ts";
import { builtinScope, isCrd, isListKind, isPatchType, type GroupVersionKind } from "./kinds.ts";
import {
  annotations,
  autonamed,
  isGenerateName,
  isNamed,
  withOldAutoname,
  withOldManagedBy,
} from "./metadata.ts";
import { normalizeInputs, toApi } from "./normalize.ts";
import { kindOf, mapAt, nameOf, namespaceOf, withValue, type KubeObject } from "./objects.ts";
import type { Session } from "./session.ts";

/**
 * The inputs to go on with: named, in their default namespace, in canonical form.
 * They are not checked against the API's schema, and nor does the official provider refuse what does not fit: the
 * API server does.
 * @throws Error for kinds and forms that cannot be created
 */
export async function checkInputs(
  type: GroupVersionKind,
  request: CheckRequest,
  session: Session,
): Promise<CheckResult> {
  const { cluster, options } = session;
  if (!cluster.isReachable && options.skipUpdateUnreachable) {
    request.log(
      "warning",
      "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...",
    );
    return { inputs: request.olds };
  }
  if (isListKind(type)) {
    throw new Error(
      "list resources exist for compatibility with YAML manifests and Helm charts, " +
        "and cannot be created directly. Use the underlying resource type instead",
    );
  }
  const given = normalizeInputs(toApi(request.news));
  const isPatch = isPatchType(type, kindOf(given));
  if (isPatch && !isNamed(given)) {
    throw new Error("patch resources require the `.metadata.name` field to be set");
  }
  for (const key of Object.keys(mapAt(given, "metadata", "annotations"))) {
    if (key.startsWith(annotations.autonamed)) {
      const message = `ignoring user-specified value for internal annotation ${JSON.stringify(key)}`;
      request.log("warning", message);
    }
  }
  const named = withName(given, request);
  if (isGenerateName(named)) {
    throw new Error(
      "the `.metadata.generateName` field is not supported in Server-Side Apply mode",
    );
  }
  const placed = await withNamespace(type, named, session, request.signal);
  if (isCrd(type) && cluster.isReachable && !hasUnknown(placed)) cluster.discovery.plan(placed);
  return { inputs: secretData(placed) };
}

function withName(given: KubeObject, { olds, name, randomSeed }: CheckRequest): KubeObject {
  const old = toApi(olds);
  if (Object.keys(old).length > 0) return withOldManagedBy(withOldAutoname(given, old), old);
  return isNamed(given) || isGenerateName(given) ? given : autonamed(given, name, randomSeed);
}

async function withNamespace(
  type: GroupVersionKind,
  object: KubeObject,
  { cluster, defaultNamespace }: Session,
  signal: AbortSignal,
): Promise<KubeObject> {
  const namespace = mapAt(object, "metadata")["namespace"];
  if (defaultNamespace === "" || (namespace !== undefined && namespace !== "")) return object;
  const isNamespaced = cluster.isReachable
    ? await scopeOf(cluster.discovery.isNamespaced(type, signal))
    : (builtinScope(type) ?? true);
  return isNamespaced ? withValue(object, ["metadata", "namespace"], defaultNamespace) : object;
}

/** What is not known yet is taken to be in a namespace; the API server drops it where it is not. */
export async function scopeOf(asked: Promise<boolean>): Promise<boolean> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NoScopeError) return true;
    throw error;
  }
}

/** Name and namespace of two forms of an object are the same. */
export function isSameIdentity(a: KubeObject, b: KubeObject): boolean {
  return nameOf(a) === nameOf(b) && namespaceOf(a) === namespaceOf(b);
}
