import type { DeleteRequest } from "../lib/plugin.ts";
import { type ApiError, isInvalid, isNotFound, NoMatchError } from "./api-error.ts";
import { awaitDeleted, isDeletionAwaited, propagationPolicy } from "./await/deletion.ts";
import { parseState } from "./checkpoint.ts";
import { isPatchType, parseKind, type GroupVersionKind } from "./kinds.ts";
import { apiVersionOf, kindOf, parseId } from "./objects.ts";
import type { Session } from "./session.ts";
import { deleteVariable, dropping, timeoutMs } from "./settle.ts";
import { relinquish } from "./writes.ts";

/** Deletes the object, with what it owns, and waits until it is gone. What is gone already is fine. */
export async function deleteResource(
  type: GroupVersionKind,
  request: DeleteRequest,
  { cluster, options }: Session,
): Promise<void> {
  const { live, inputs, fieldManager } = parseState(request.state);
  const gvk = parseKind(apiVersionOf(live), kindOf(live));
  if (!cluster.isReachable) {
    const text = "configured Kubernetes cluster is unreachable";
    request.log("warning", `${text}: ${cluster.reason}`);
    if (!options.deleteUnreachable) {
      throw new Error(
        `${text}. If the cluster was deleted, ` +
          `you can remove this resource from Pulumi state by rerunning the operation with the ${deleteVariable}`,
      );
    }
    request.log("info", `${text} and the \`deleteUnreachable\` option is enabled. ${dropping}`);
    return;
  }
  try {
    if (isPatchType(type, gvk.kind)) {
      await relinquish(cluster, gvk, live, fieldManager, request);
      return;
    }
    const { namespace, name } = parseId(request.id);
    const path = await cluster.discovery.path(gvk, namespace, name, request.signal);
    await cluster.client.call("DELETE", path, {
      body: { propagationPolicy: propagationPolicy(inputs) },
      signal: request.signal,
    });
  } catch (error) {
    if (isNotFound(error) || error instanceof NoMatchError) return;
    throw deleteFailed(type, gvk, error);
  }
  if (!isDeletionAwaited(gvk, inputs)) return;
  await awaitDeleted(cluster, gvk, live, timeoutMs(request.timeoutSeconds, inputs), request);
}

/** A Patch resource cannot let go of a field that the object must have. */
function deleteFailed(type: GroupVersionKind, gvk: GroupVersionKind, error: unknown): unknown {
  if (!isPatchType(type, gvk.kind) || !isInvalid(error)) return error;
  const cause = (error as ApiError).causes.find(({ reason }) => reason === "FieldValueRequired");
  if (!cause) return error;
  return new Error(
    "this Patch resource is currently managing a required field, so it can't be deleted " +
      "directly. Either set the `retainOnDelete` resource option, or transfer ownership of the " +
      `field before deleting: ${cause.field}`,
    { cause: error },
  );
}
