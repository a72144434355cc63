import { InitializationFailed, type RequestContext, type ResourceHandler } from "../plugin.ts";
import { isList, Unknown, type PropertyMap, type PropertyValue } from "../values.ts";
import { changesOf, plannedInputs } from "./plan.ts";
import { checked, defaultsIn, importedInputs, refreshedInputs, withoutReserved } from "./inputs.ts";
import type { BridgedResource, Call, ResourceSchema, Tools } from "./resource.ts";

/**
 * Wraps a Terraform resource as Pulumi's bridge does: default names, defaults that are remembered, plans against the
 * state, error texts.
 * @see https://github.com/pulumi/pulumi-terraform-bridge/blob/v3.130.0/pkg/tfbridge/provider.go
 */
export function bridged<Client>(
  resource: BridgedResource<Client>,
  tools: Tools<Client>,
): ResourceHandler {
  const say = resource.framework === "plugin" ? frameworkErrors : sdkErrors;
  const call = ({ signal }: RequestContext, own: number, timeoutSeconds = 0): Call<Client> => ({
    client: tools.client(),
    signal,
    pollMs: tools.pollMs,
    timeoutSeconds: timeoutSeconds > 0 ? timeoutSeconds : own,
  });
  const plan = (urn: string, inputs: PropertyMap): PropertyMap => {
    const given = withoutReserved(inputs);
    const planned = resource.planned?.(given) ?? given;
    try {
      resource.checkPlan?.(planned);
    } catch (error) {
      throw worded(`diffing ${urn}: ${messageOf(error)}`, error);
    }
    return planned;
  };
  const stateOf = (id: string, known: PropertyMap, attributes: PropertyMap): PropertyMap => ({
    ...known,
    ...attributes,
    id,
    ...(resource.meta === null ? {} : { __meta: resource.meta }),
  });

  const handler: ResourceHandler = {
    check: (request) => checked(resource, request),

    diff: ({ urn, state, news, ignoreChanges }) => {
      const changes = changesOf(resource, state, plan(urn, news), ignoreChanges);
      const replaces = Object.values(changes).some(({ kind }) => kind.endsWith("-replace"));
      return { changes, deleteBeforeReplace: replaces && hasGivenName(resource, news) };
    },

    create: async ({ preview, inputs, ...context }) => {
      const planned = plan(context.urn, inputs);
      if (preview) return { id: "", state: previewed(resource, planned, {}) };
      const asked = call(context, resource.timeouts.create, context.timeoutSeconds);
      const id = await resource.create(asked, inputs).catch((error: unknown) => {
        throw say.alone(error);
      });
      try {
        await resource.settle?.(asked, id, planned);
        const attributes = await resource.read(asked, id, planned);
        if (attributes !== null) return { id, state: stateOf(id, planned, attributes) };
      } catch (error) {
        const reason = say.during(`creating ${context.urn}`, error).message;
        throw new InitializationFailed(id, stateOf(id, planned, {}), reason, [reason]);
      }
      throw new Error(`expected non-nil error with nil state during Create of ${context.urn}`);
    },

    read: async ({ id, state, inputs, ...context }) => {
      const asked = call(context, resource.timeouts.create);
      const isImport = Object.keys(state).length === 0;
      try {
        const imported = isImport ? ((await resource.readImport?.(asked, id)) ?? {}) : {};
        const realId = typeof imported["id"] === "string" ? imported["id"] : id;
        const known = { ...state, ...imported };
        const attributes = await resource.read(asked, realId, known);
        if (attributes === null) return null;
        const found = stateOf(realId, known, attributes);
        return {
          id: realId,
          state: found,
          inputs: isImport
            ? importedInputs(resource, found)
            : refreshedInputs(resource, inputs, found),
        };
      } catch (error) {
        throw say.during(`refreshing ${context.urn}`, error);
      }
    },

    delete: async ({ id, state, ...context }) => {
      const asked = call(context, resource.timeouts.delete, context.timeoutSeconds);
      await resource.delete(asked, id, state).catch((error: unknown) => {
        throw say.during(`deleting ${context.urn}`, error);
      });
    },
  };
  if (!resource.update) return handler;
  return {
    ...handler,
    update: async ({ preview, id, state, inputs, ignoreChanges, ...context }) => {
      const planned = plannedInputs(resource, state, plan(context.urn, inputs), ignoreChanges);
      if (preview) return { state: previewed(resource, planned, state) };
      const asked = call(context, resource.timeouts.update, context.timeoutSeconds);
      const known = inputsOnly(resource, planned);
      try {
        const given = withoutReserved(inputs);
        await resource.update?.(asked, id, withoutReserved(state), planned, given);
        const attributes = await resource.read(asked, id, known);
        if (attributes !== null) return { state: stateOf(id, known, attributes) };
      } catch (error) {
        const reason = say.during(`updating ${context.urn}`, error).message;
        throw new InitializationFailed(id, state, reason, [reason]);
      }
      throw new Error(
        `Resource provider reported that the resource did not exist while updating ${context.urn}.\n\n` +
          "This is usually a result of the resource having been deleted outside of Pulumi, and can often be " +
          "fixed by running `pulumi refresh` before updating.",
      );
    },
  };
}

/** Two things of one given name cannot be there at once; a default name is a new one each time. */
function hasGivenName(resource: ResourceSchema, news: PropertyMap): boolean {
  return (
    resource.autoNamed &&
    isList(news["__defaults"]) &&
    "name" in news &&
    !defaultsIn(news).includes("name")
  );
}

/** The state as a preview knows it: on an update, what is computed stays, and what is not there stays away. */
function previewed(
  { table }: ResourceSchema,
  planned: PropertyMap,
  state: PropertyMap,
): PropertyMap {
  const isNew = Object.keys(state).length === 0;
  const computed = Object.entries(table)
    .filter(([name, spec]) => spec.computed === true && !(name in planned))
    .map(([name]): [string, PropertyValue] => [name, isNew ? Unknown : (state[name] ?? null)])
    .filter(([, value]) => value !== null);
  return { ...planned, ...Object.fromEntries(computed) };
}

function inputsOnly({ table }: ResourceSchema, planned: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(planned).filter(([name]) => table[name]?.outputOnly !== true),
  );
}

/** How the two frameworks of Terraform word the failure of one operation. */
interface ErrorWords {
  alone(error: unknown): Error;
  during(what: string, error: unknown): Error;
}

const sdkErrors: ErrorWords = {
  alone: diagnosis,
  during: (what, error) => worded(`${what}: ${diagnosis(error).message}`, error),
};

const frameworkErrors: ErrorWords = {
  alone: (error) => worded(messageOf(error), error),
  during: (_what, error) => worded(messageOf(error), error),
};

/** An error as Terraform's SDK prints the diagnostics of one operation. */
function diagnosis(error: unknown): Error {
  return worded(`1 error occurred:\n\t* ${messageOf(error)}\n\n`, error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function worded(message: string, cause: unknown): Error {
  return new Error(message, { cause });
}
