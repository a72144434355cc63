import {
  InitializationFailed,
  type CreateRequest,
  type CreateResult,
  type DeleteRequest,
  type ReadRequest,
  type ReadResult,
  type RequestContext,
  type ResourceHandler,
  type UpdateRequest,
  type UpdateResult,
} from "../lib/plugin.ts";
import { hasUnknown } from "../lib/values.ts";
import {
  type ApiError,
  isDryRunRefused,
  isForbidden,
  isInvalid,
  isNamespaceMissing,
  isNotFound,
  NoMatchError,
} from "./api-error.ts";
import { awaitDeleted, isDeletionAwaited, propagationPolicy } from "./await/deletion.ts";
import { awaiterFor } from "./await/index.ts";
import { AwaitError, awaitReady } from "./await/run.ts";
import { checkInputs } from "./check.ts";
import { checkpointState, parseState, type Checkpoint } from "./checkpoint.ts";
import { diffResource } from "./diff-resource.ts";
import { groupVersion, isCrd, isPatchType, parseKind, type GroupVersionKind } from "./kinds.ts";
import { annotations, fieldManagerOf } from "./metadata.ts";
import { normalizeInputs, toApi } from "./normalize.ts";
import {
  annotationOf,
  apiVersionOf,
  idOf,
  kindOf,
  nameOf,
  parseId,
  withoutValue,
  type KubeObject,
} from "./objects.ts";
import { readResource } from "./read.ts";
import type { Cluster, Session } from "./session.ts";
import {
  AlreadyExistsError,
  createObject,
  readObject,
  relinquish,
  updateObject,
  type Write,
} from "./writes.ts";

/** The life of every resource of one type; the session is asked for when it is needed. */
export function kubernetesHandler(type: GroupVersionKind, session: () => Session): ResourceHandler {
  return {
    check: (request) => checkInputs(type, request, session()),
    diff: (request) => diffResource(type, request, session()),
    create: (request) => create(type, request, session()),
    read: (request): Promise<ReadResult | null> => read(type, request, session()),
    update: (request) => update(type, request, session()),
    delete: (request) => remove(type, request, session()),
  };
}

const defaultTimeoutMs = 600_000;

async function create(
  type: GroupVersionKind,
  request: CreateRequest,
  { cluster, options }: Session,
): Promise<CreateResult> {
  const { preview, urn } = request;
  if (!cluster.isReachable && !preview) throw unreachable(cluster.reason);
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
  const toState = (live: KubeObject) =>
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

async function update(
  type: GroupVersionKind,
  request: UpdateRequest,
  { cluster, options }: Session,
): Promise<UpdateResult> {
  const { preview, urn } = request;
  if (!cluster.isReachable && !preview) throw unreachable(cluster.reason);
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
  const toState = (live: KubeObject) =>
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

async function read(
  type: GroupVersionKind,
  request: ReadRequest,
  { cluster, options }: Session,
): Promise<ReadResult | null> {
  if (cluster.isReachable) return readResource(type, request, cluster);
  const text = "configured Kubernetes cluster is unreachable";
  request.log("warning", `${text}: ${cluster.reason}`);
  if (options.deleteUnreachable) {
    request.log("info", `${text} and the \`deleteUnreachable\` option is enabled. ${dropping}`);
    return null;
  }
  if (options.skipUpdateUnreachable) {
    request.log(
      "info",
      `${text} and the \`skipUnreachable\` option is enabled. ` +
        "Returned data could not reflect the actual cluster configuration.",
    );
    return { id: request.id, state: request.state, inputs: request.inputs };
  }
  throw new Error(
    "failed to read resource state due to unreachable cluster. If the cluster was deleted, " +
      `you can remove this resource from Pulumi state by rerunning the operation with the ${deleteVariable}`,
  );
}

const dropping = "Deleting the unreachable resource from Pulumi state";
const deleteVariable = 'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

async function remove(
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

interface Settling {
  readonly gvk: GroupVersionKind;
  readonly inputs: KubeObject;
  readonly object: KubeObject;
  readonly before?: KubeObject;
  readonly cluster: Cluster;
  readonly request: RequestContext & { readonly timeoutSeconds: number };
}

/** Waits for the object to be ready, as its kind and annotations ask. */
async function settle(settling: Settling): Promise<KubeObject> {
  const { gvk, inputs, object, before, cluster, request } = settling;
  const awaiter = await awaiterFor({ gvk, object, before }, inputs, cluster, request);
  if (!awaiter) return object;
  const context = { cluster, request, timeoutMs: timeoutMs(request.timeoutSeconds, inputs) };
  return awaitReady(awaiter, object, context);
}

function timeoutMs(timeoutSeconds: number, inputs: KubeObject): number {
  if (timeoutSeconds > 0) return timeoutSeconds * 1000;
  const text = annotationOf(inputs, annotations.timeoutSeconds);
  return /^\d+$/.test(text) ? Number(text) * 1000 : defaultTimeoutMs;
}

/** A new CRD brings a kind that was asked for in vain before. */
function forgetKindsOf(crd: KubeObject, cluster: Cluster): void {
  const group = (crd["spec"] as KubeObject | undefined)?.["group"];
  const versions = (crd["spec"] as KubeObject | undefined)?.["versions"];
  if (typeof group !== "string" || !Array.isArray(versions)) return;
  for (const version of versions as readonly KubeObject[]) {
    const name = version["name"];
    if (typeof name === "string") cluster.discovery.forget({ group, version: name });
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

function unreachable(reason: string): Error {
  return new Error(`configured Kubernetes cluster is unreachable: ${reason}`);
}

function createFailed(type: GroupVersionKind, urn: string, error: unknown): Error {
  const message =
    error instanceof NoMatchError
      ? `creation of resource ${JSON.stringify(urn)} with kind ${groupVersion(type)}/${type.kind} failed because the Kubernetes API server ` +
        `reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: ${error.message}`
      : `resource ${JSON.stringify(urn)} was not successfully created by the Kubernetes API server: ${messageOf(error)}`;
  return new Error(message, { cause: error });
}

function reasonsOf(message: string, error: unknown): readonly string[] {
  return [message, ...(error instanceof AwaitError ? error.problems : [])];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
