import { setTimeout as delay } from "node:timers/promises";
import type { RequestContext } from "../lib/plugin.ts";
import {
  type ApiError,
  isAlreadyExists,
  isConflict,
  isInvalid,
  isNotFound,
  NoMatchError,
  messageOf,
} from "./api-error.ts";
import { applyContentType, jsonPatchContentType } from "./client.ts";
import { isCrd, type GroupVersionKind } from "./kinds.ts";
import { adoptFields, isWrittenByUs, withoutIgnored } from "./managed-fields.ts";
import { annotations, hasAnnotation } from "./metadata.ts";
import {
  apiVersionOf,
  kindOf,
  listAt,
  nameOf,
  namespaceOf,
  textAt,
  withValue,
  type KubeObject,
} from "./objects.ts";
import type { Cluster } from "./session.ts";

/** One write of an object. */
export interface Write {
  readonly cluster: Cluster;
  /** Kind of the object itself, also for a Patch resource. */
  readonly gvk: GroupVersionKind;
  readonly inputs: KubeObject;
  readonly fieldManager: string;
  /** True: a dry run. */
  readonly preview: boolean;
  /** True for a Patch resource, which owns fields and not the object. */
  readonly isPatch: boolean;
  readonly enablePatchForce: boolean;
  readonly context: RequestContext;
}

/** Waits between tries to create what is not there to be created yet (namespace, CRD); milliseconds. */
const createDelays = [
  ...new Array<number>(10).fill(100),
  ...new Array<number>(8).fill(500),
  ...new Array<number>(25).fill(1000),
];

/**
 * Creates the object; fails when it exists, unless `upsert` (or a Patch resource) applies to what exists.
 * What it is to be created in may still be on its way: not-found errors are tried again for half a minute.
 */
export async function createObject(
  write: Write & { readonly upsert: boolean },
): Promise<KubeObject> {
  const { preview, context, upsert, isPatch } = write;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await (upsert || isPatch ? apply(write, undefined) : post(write));
    } catch (error) {
      if (isAlreadyExists(error)) throw alreadyExists(error as ApiError);
      const wait = createDelays[attempt];
      const mayCome = isNotFound(error) || error instanceof NoMatchError;
      if (preview || !mayCome || wait === undefined) throw error;
      const reason = messageOf(error);
      context.log("info", `Retry #${attempt}; creation failed: ${reason}`, { ephemeral: true });
      await delay(wait, undefined, { signal: context.signal });
    }
  }
}

async function post({ cluster, gvk, inputs, preview, context }: Write): Promise<KubeObject> {
  const { signal } = context;
  const path = await cluster.discovery.path(gvk, namespaceOf(inputs), undefined, signal);
  return cluster.client.call("POST", path, {
    body: inputs,
    // Not our own manager: the first update takes the fields over, as the official provider does.
    query: { fieldManager: "pulumi-kubernetes", dryRun: preview ? "All" : undefined },
    signal,
  });
}

/** Brings the object to its new inputs. CRDs are replaced whole, all else is applied on the server side. */
export async function updateObject(
  write: Write & { readonly name: string; readonly ignoreChanges: readonly string[] },
): Promise<{ readonly before: KubeObject; readonly after: KubeObject }> {
  const before = await readObject(
    write.cluster,
    write.gvk,
    write.inputs,
    write.name,
    write.context,
  );
  if (isCrd(write.gvk)) return { before, after: await put(write, before) };
  const live = write.preview || write.isPatch ? before : await adopt(write, before);
  const inputs = withoutIgnored(write.inputs, live, write.fieldManager, write.ignoreChanges);
  return { before, after: await apply({ ...write, inputs }, live) };
}

/** The object as it is; of the namespace that `like` has. */
export async function readObject(
  cluster: Cluster,
  gvk: GroupVersionKind,
  like: KubeObject,
  name: string,
  { signal }: RequestContext,
): Promise<KubeObject> {
  const path = await cluster.discovery.path(gvk, namespaceOf(like), name, signal);
  return cluster.client.call("GET", path, { signal });
}

async function put(write: Write, before: KubeObject): Promise<KubeObject> {
  const { cluster, gvk, inputs, fieldManager, preview, context } = write;
  const version = textAt(before, "metadata", "resourceVersion");
  const path = await cluster.discovery.path(gvk, "", nameOf(before), context.signal);
  return cluster.client.call("PUT", path, {
    body: withValue(inputs, ["metadata", "resourceVersion"], version),
    query: { fieldManager, dryRun: preview ? "All" : undefined },
    signal: context.signal,
  });
}

/** Takes over the fields that the create wrote; again when somebody else writes meanwhile. */
async function adopt(write: Write, before: KubeObject): Promise<KubeObject> {
  const { cluster, gvk, fieldManager, context } = write;
  let live = before;
  for (let attempt = 0; ; attempt += 1) {
    const fields = adoptFields(live, fieldManager);
    if (!fields) return live;
    const version = textAt(live, "metadata", "resourceVersion");
    const path = await cluster.discovery.path(gvk, namespaceOf(live), nameOf(live), context.signal);
    try {
      return await cluster.client.call("PATCH", path, {
        body: [
          { op: "replace", path: "/metadata/managedFields", value: fields },
          { op: "replace", path: "/metadata/resourceVersion", value: version },
        ],
        contentType: jsonPatchContentType,
        signal: context.signal,
      });
    } catch (error) {
      if (!isConflict(error) || attempt >= 5) throw error;
      live = await readObject(cluster, gvk, live, nameOf(live), context);
    }
  }
}

async function apply(write: Write, live: KubeObject | undefined): Promise<KubeObject> {
  const { cluster, gvk, inputs, fieldManager, preview, context } = write;
  const { signal } = context;
  const send = async (object: KubeObject): Promise<KubeObject> => {
    const path = await cluster.discovery.path(gvk, namespaceOf(object), nameOf(object), signal);
    return cluster.client.call("PATCH", path, {
      body: object,
      contentType: applyContentType,
      query: {
        fieldManager,
        force: isForced(write, live),
        dryRun: preview ? "All" : undefined,
      },
      signal,
    });
  };
  try {
    return await send(inputs);
  } catch (error) {
    const isImmutable = isInvalid(error) && String(error).includes("field is immutable");
    if (preview && live === undefined && isImmutable) {
      // A replacement cannot be tried out over the object it replaces.
      return send(withValue(inputs, ["metadata", "name"], `${nameOf(inputs)}-preview`));
    }
    if (!isConflict(error)) throw error;
    throw new Error(
      `server-side apply field conflict detected, see ${conflictGuide} for troubleshooting help\n` +
        `The resource managed by field manager ${JSON.stringify(fieldManager)} had an apply conflict: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

const conflictGuide =
  "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/" +
  "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources";

function isForced(write: Write, live: KubeObject | undefined): boolean {
  if (write.enablePatchForce || hasAnnotation(write.inputs, annotations.patchForce)) return true;
  if (live === undefined) return write.preview;
  // Objects from before server-side apply name no managers, and everything in them counts as somebody else's.
  if (listAt(live, "metadata", "managedFields").length === 0) return true;
  return write.preview && isWrittenByUs(live);
}

/** Gives up every field that the manager owns. */
export async function relinquish(
  cluster: Cluster,
  gvk: GroupVersionKind,
  object: KubeObject,
  fieldManager: string,
  { signal }: RequestContext,
): Promise<void> {
  const [name, namespace] = [nameOf(object), namespaceOf(object)];
  const path = await cluster.discovery.path(gvk, namespace, name, signal);
  const metadata = namespace === "" ? { name } : { name, namespace };
  await cluster.client.call("PATCH", path, {
    body: { apiVersion: apiVersionOf(object), kind: kindOf(object), metadata },
    contentType: applyContentType,
    query: { fieldManager },
    signal,
  });
}

function alreadyExists(error: ApiError): Error {
  return new AlreadyExistsError(
    `${error.message}

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`,
    { cause: error },
  );
}

/** The object to create is there already; says what can be done about it. */
export class AlreadyExistsError extends Error {}
