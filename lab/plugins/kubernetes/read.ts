import { InitializationFailed, type ReadRequest, type ReadResult } from "../lib/plugin.ts";
import { isMap } from "../lib/values.ts";
import { isNotFound, NoMatchError } from "./api-error.ts";
import { readableAwaiter } from "./await/index.ts";
import { assessOnce, AwaitError } from "./await/run.ts";
import { checkpointState, parseState, secretData } from "./checkpoint.ts";
import { groupVersion, isBuiltinGroup, parseKind, type GroupVersionKind } from "./kinds.ts";
import { annotations, fieldManagerOf, hasAnnotation } from "./metadata.ts";
import { normalizeInputs, pruneToShape, toApi, toSdk, withLeftOut } from "./normalize.ts";
import { apiVersionOf, idOf, kindOf, parseId, withoutValue, type KubeObject } from "./objects.ts";
import type { Cluster } from "./session.ts";
import { readObject } from "./writes.ts";

/**
 * Reads the live object, for a refresh or (without old inputs) for an import; null when it is gone.
 * @throws InitializationFailed when the object is there and not ready
 */
export async function readResource(
  type: GroupVersionKind,
  request: ReadRequest,
  cluster: Cluster,
): Promise<ReadResult | null> {
  const old = parseState(request.state);
  const given = normalizeInputs(toApi(request.inputs));
  const isImport = kindOf(given) === "" && kindOf(old.live) === "";
  const inputs = kindOf(given) === "" ? identity(type, old.live, request.id) : given;
  const { namespace, name } = parseId(request.id);
  if (name === "") {
    throw new Error(
      `failed to read resource because of a failure to parse resource name from request ID: ${request.id}`,
    );
  }
  const gvk = parseKind(apiVersionOf(inputs), kindOf(inputs));
  let live: KubeObject;
  try {
    live = await readObject(cluster, gvk, { metadata: { namespace } }, name, request);
  } catch (error) {
    if (isNotFound(error) || error instanceof NoMatchError) return null;
    throw error;
  }
  const liveInputs = isImport ? importedInputs(live) : refreshedInputs(gvk, live, inputs, old.live);
  const state = checkpointState(
    {
      live,
      inputs: liveInputs,
      initialApiVersion: old.initialApiVersion || apiVersionOf(inputs),
      fieldManager: fieldManagerOf(inputs, request.state),
    },
    [],
  );
  const id = request.id === "" ? idOf(live) : request.id;
  const result = { id, state, inputs: secretData(toSdk(liveInputs)) };
  const awaiter =
    isImport || hasAnnotation(inputs, annotations.skipAwait)
      ? undefined
      : readableAwaiter({ gvk, object: live });
  if (!awaiter) return result;
  try {
    await assessOnce(awaiter, { cluster, request });
    return result;
  } catch (error) {
    if (!(error instanceof AwaitError)) throw error;
    const reasons = [error.message, ...error.problems];
    throw new InitializationFailed(id, state, error.message, reasons, result.inputs);
  }
}

/** The inputs as the cluster now has them. */
function refreshedInputs(
  gvk: GroupVersionKind,
  live: KubeObject,
  inputs: KubeObject,
  before: KubeObject,
): KubeObject {
  const pruned = pruneToShape(live, inputs);
  if (!isBuiltinGroup(gvk.group)) return pruned;
  const all = withLeftOut(pruned, inputs, before);
  return isMap(all) ? all : pruned;
}

/** Inputs that name the object and nothing else. */
function identity(type: GroupVersionKind, live: KubeObject, id: string): KubeObject {
  const { namespace, name } = parseId(id);
  const kind = type.kind.replace(/Patch$/, "");
  return {
    apiVersion: apiVersionOf(live) || groupVersion(type),
    kind: kindOf(live) || kind,
    metadata: namespace === "" ? { name } : { name, namespace },
  };
}

/** What an import writes down as inputs: all but what the cluster itself fills in. */
function importedInputs(live: KubeObject): KubeObject {
  return [
    ["status"],
    ["metadata", "creationTimestamp"],
    ["metadata", "generation"],
    ["metadata", "managedFields"],
    ["metadata", "resourceVersion"],
    ["metadata", "uid"],
    ["metadata", "annotations", "deployment.kubernetes.io/revision"],
    ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
  ].reduce<KubeObject>((rest, path) => withoutValue(rest, path), live);
}
