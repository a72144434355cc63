import { InitializationFailed, type CreateRequest, type CreateResult } from "../lib/plugin.ts";
import { hasUnknown, type OutgoingMap } from "../lib/values.ts";
import {
  isDryRunRefused,
  isForbidden,
  isNamespaceMissing,
  NoMatchError,
  messageOf,
} from "./api-error.ts";
import { AwaitError } from "./await/run.ts";
import { checkpointState } from "./checkpoint.ts";
import { groupVersion, isCrd, isPatchType, parseKind, type GroupVersionKind } from "./kinds.ts";
import { fieldManagerOf } from "./metadata.ts";
import { toApi } from "./normalize.ts";
import {
  apiVersionOf,
  idOf,
  kindOf,
  listAt,
  textAt,
  withoutValue,
  type KubeObject,
} from "./objects.ts";
import type { Cluster, Session } from "./session.ts";
import { reasonsOf, settle, unreachableError } from "./settle.ts";
import { AlreadyExistsError, createObject } from "./writes.ts";

/**
 * Creates the object and waits for it to be ready; in a preview tries it out on the server, where that is possible.
 * @throws InitializationFailed when it exists, and is not ready
 */
export async function createResource(
  type: GroupVersionKind,
  request: CreateRequest,
  { cluster, options }: Session,
): Promise<CreateResult> {
  const { preview, urn } = request;
  if (!cluster.isReachable && !preview) throw unreachableError(cluster.reason);
  const inputs = toApi(request.inputs);
  const gvk = parseKind(apiVersionOf(inputs), kindOf(inputs));
  const asGiven = { id: "", state: request.inputs };
  const isPatch = isPatchType(type, gvk.kind);
  if (!cluster.isReachable || (preview && (isPatch || hasUnknown(inputs)))) return asGiven;
  if (preview && !(await cluster.discovery.has(gvk, request.signal))) return asGiven;

  const fieldManager = fieldManagerOf(inputs, request.inputs);
  const { enablePatchForce, upsertExistingObjects: upsert } = options;
  const write = { cluster, gvk, inputs, fieldManager, preview, isPatch, enablePatchForce };
  let created: KubeObject;
  try {
    created = await createObject({ ...write, upsert, context: request });
  } catch (error) {
    if (preview && isUnpreviewable(error)) return asGiven;
    throw createFailed(type, urn, error);
  }
  const toState = (live: KubeObject): OutgoingMap =>
    checkpointState(
      { live, inputs, initialApiVersion: apiVersionOf(inputs), fieldManager },
      request.secrets,
    );
  if (preview) return { id: "", state: toState(withoutValue(created, ["status"])) };
  try {
    const live = await settle({ gvk, inputs, object: created, cluster, request });
    if (isCrd(gvk)) forgetKindsOf(inputs, cluster);
    return { id: idOf(live), state: toState(live) };
  } catch (error) {
    const message = `resource ${JSON.stringify(urn)} was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${messageOf(error)}`;
    const live = error instanceof AwaitError ? error.object : created;
    throw new InitializationFailed(idOf(live), toState(live), message, reasonsOf(message, error));
  }
}

/** A new CRD brings kinds that may have been asked for in vain before. */
function forgetKindsOf(crd: KubeObject, cluster: Cluster): void {
  const group = textAt(crd, "spec", "group");
  for (const version of listAt(crd, "spec", "versions")) {
    cluster.discovery.forget({ group, version: textAt(version, "name") });
  }
}

/** Errors of a dry run that say nothing about the real run. */
function isUnpreviewable(error: unknown): boolean {
  return (
    isForbidden(error) ||
    isNamespaceMissing(error) ||
    isDryRunRefused(error) ||
    error instanceof AlreadyExistsError
  );
}

function createFailed(type: GroupVersionKind, urn: string, error: unknown): Error {
  const message =
    error instanceof NoMatchError
      ? `creation of resource ${JSON.stringify(urn)} with kind ${groupVersion(type)}/${type.kind} failed because the Kubernetes API server ` +
        `reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: ${error.message}`
      : `resource ${JSON.stringify(urn)} was not successfully created by the Kubernetes API server: ${messageOf(error)}`;
  return new Error(message, { cause: error });
}
