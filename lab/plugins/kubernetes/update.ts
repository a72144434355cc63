import { InitializationFailed, type UpdateRequest, type UpdateResult } from "../lib/plugin.ts";
import { hasUnknown, type OutgoingMap } from "../lib/values.ts";
import { isForbidden, NoMatchError, messageOf } from "./api-error.ts";
import { checkpointState, parseState, type Checkpoint } from "./checkpoint.ts";
import { isPatchType, parseKind, type GroupVersionKind } from "./kinds.ts";
import { fieldManagerOf } from "./metadata.ts";
import { normalizeInputs, toApi } from "./normalize.ts";
import { apiVersionOf, idOf, kindOf, nameOf, type KubeObject } from "./objects.ts";
import type { Cluster, Session } from "./session.ts";
import { reasonsOf, settle, unreachableError } from "./settle.ts";
import { readObject, relinquish, updateObject, type Write } from "./writes.ts";

/**
 * Brings the object to its new inputs and waits for it to be ready; in a preview tries it out on the server.
 * @throws InitializationFailed when the update was refused or the object is not ready: as officially, the new inputs
 * are recorded either way, and the next update tries again
 */
export async function updateResource(
  type: GroupVersionKind,
  request: UpdateRequest,
  { cluster, options }: Session,
): Promise<UpdateResult> {
  const { preview, urn } = request;
  if (!cluster.isReachable && !preview) throw unreachableError(cluster.reason);
  const inputs = normalizeInputs(toApi(request.inputs));
  const gvk = parseKind(apiVersionOf(inputs), kindOf(inputs));
  const asGiven = { state: request.inputs };
  if (!cluster.isReachable || (preview && hasUnknown(inputs))) return asGiven;
  if (preview && !(await cluster.discovery.has(gvk, request.signal))) return asGiven;

  const old = parseState(request.state);
  const oldManager = fieldManagerOf(old.inputs, request.state);
  const fieldManager = fieldManagerOf(inputs, request.state);
  const write: Write = {
    cluster,
    gvk,
    inputs,
    fieldManager,
    preview,
    isPatch: isPatchType(type, gvk.kind),
    enablePatchForce: options.enablePatchForce,
    context: request,
  };
  const toState = (live: KubeObject): OutgoingMap =>
    checkpointState(
      { live, inputs, initialApiVersion: old.initialApiVersion, fieldManager },
      request.secrets,
    );
  try {
    const name = nameOf(old.live);
    const { ignoreChanges } = request;
    const { before, after } = await updateObject({ ...write, name, ignoreChanges });
    if (preview) return { state: toState(after) };
    const live = await settle({ gvk, inputs, object: after, before, cluster, request });
    if (fieldManager !== oldManager) await relinquish(cluster, gvk, live, oldManager, request);
    return { state: toState(live) };
  } catch (error) {
    if (preview && isForbidden(error)) return asGiven;
    if (error instanceof NoMatchError) {
      throw new Error(
        `update of resource ${JSON.stringify(urn)} failed because the Kubernetes API server ` +
          `reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: ${error.message}`,
        { cause: error },
      );
    }
    const live = await liveAfterFailure(cluster, gvk, old, error, request);
    const message = `the Kubernetes API server reported that ${JSON.stringify(idOf(live))} failed to fully initialize or become live: ${messageOf(error)}`;
    throw new InitializationFailed(idOf(live), toState(live), message, reasonsOf(message, error));
  }
}

async function liveAfterFailure(
  cluster: Cluster,
  gvk: GroupVersionKind,
  old: Checkpoint,
  failure: unknown,
  request: UpdateRequest,
): Promise<KubeObject> {
  try {
    return await readObject(cluster, gvk, old.live, nameOf(old.live), request);
  } catch (error) {
    throw new Error(
      `update of resource ${JSON.stringify(request.urn)} failed: ${messageOf(failure)}\n` +
        `unable to get cluster state: ${messageOf(error)}`,
      { cause: failure },
    );
  }
}
