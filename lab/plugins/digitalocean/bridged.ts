import { InitializationFailed, type RequestContext, type ResourceHandler } from "../lib/plugin.ts";
import { isList, Unknown, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import type { Client } from "./client.ts";
import { changesOf, plannedInputs, type Comparison } from "./plan.ts";
import { checked, defaultsIn, importedInputs, refreshedInputs, withoutReserved } from "./inputs.ts";

/** What a resource works with in one operation. */
export interface Call {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly pollMs: number;
  /** The user's limit for this operation, or else the resource's own. */
  readonly timeoutSeconds: number;
}

/** One resource type of a Terraform provider. Names are Pulumi's. */
export interface BridgedResource extends Comparison {
  /** The default name is the logical name and seven random digits. */
  readonly autoNamed: boolean;
  /** What the bridge keeps beside the outputs: schema version and timeouts (ns). */
  readonly meta: string | null;
  readonly timeouts: {
    readonly create: number;
    readonly update: number;
    readonly delete: number;
  };
  /** Appended to "Missing required property". */
  readonly descriptions?: Readonly<Record<string, string>>;
  /** The texts of the validators, by property. */
  readonly validators: Readonly<Record<string, (value: PropertyValue) => readonly string[]>>;
  /** Inputs as the state will have them: case, hashes. */
  planned?(inputs: PropertyMap): PropertyMap;
  /** Refuses a plan. @throws Error */
  checkPlan?(planned: PropertyMap): void;
  /** @returns the id of what now exists, whatever happens after */
  create(call: Call, inputs: PropertyMap): Promise<string>;
  /** Waits until a new one is ready. */
  settle?(call: Call, id: string): Promise<void>;
  /** What the API says of it; null: it is gone. */
  read(call: Call, id: string): Promise<PropertyMap | null>;
  /** What only an import asks for. */
  readImport?(call: Call, id: string): Promise<PropertyMap>;
  update?(call: Call, id: string, state: PropertyMap, planned: PropertyMap): Promise<void>;
  delete(call: Call, id: string, state: PropertyMap): Promise<void>;
}

export interface Tools {
  readonly pollMs: number;
  client(): Client;
}

/**
 * Wraps a Terraform resource as Pulumi's bridge does: default names, defaults that are remembered, plans against the
 * state, error texts.
 * @see https://github.com/pulumi/pulumi-terraform-bridge/blob/v3.130.0/pkg/tfbridge/provider.go
 */
export function bridged(resource: BridgedResource, tools: Tools): ResourceHandler {
  const call = ({ signal }: RequestContext, own: number, timeoutSeconds = 0): Call => ({
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
      throw wrapped(`diffing ${urn}`, error);
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
      const id = await resource.create(asked, inputs).catch(diagnosed);
      try {
        await resource.settle?.(asked, id);
        const attributes = await resource.read(asked, id);
        if (attributes !== null) return { id, state: stateOf(id, planned, attributes) };
      } catch (error) {
        const reason = wrapped(`creating ${context.urn}`, diagnosis(error)).message;
        throw new InitializationFailed(id, stateOf(id, planned, {}), reason, [reason]);
      }
      throw new Error(`expected non-nil error with nil state during Create of ${context.urn}`);
    },

    read: async ({ id, state, inputs, ...context }) => {
      const asked = call(context, resource.timeouts.create);
      const isImport = Object.keys(state).length === 0;
      const refreshing = `refreshing ${context.urn}`;
      try {
        const imported = isImport ? ((await resource.readImport?.(asked, id)) ?? {}) : {};
        const attributes = await resource.read(asked, id);
        if (attributes === null) return null;
        const found = stateOf(id, { ...state, ...imported }, attributes);
        return {
          id,
          state: found,
          inputs: isImport
            ? importedInputs(resource, found)
            : refreshedInputs(resource, inputs, found),
        };
      } catch (error) {
        throw wrapped(refreshing, diagnosis(error));
      }
    },

    delete: async ({ id, state, ...context }) => {
      const asked = call(context, resource.timeouts.delete, context.timeoutSeconds);
      await resource.delete(asked, id, state).catch((error: unknown) => {
        throw wrapped(`deleting ${context.urn}`, diagnosis(error));
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
        await resource.update?.(asked, id, withoutReserved(state), planned);
        const attributes = await resource.read(asked, id);
        if (attributes !== null) return { state: stateOf(id, known, attributes) };
      } catch (error) {
        const reason = wrapped(`updating ${context.urn}`, diagnosis(error)).message;
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
function hasGivenName(resource: BridgedResource, news: PropertyMap): boolean {
  return (
    resource.autoNamed &&
    isList(news["__defaults"]) &&
    "name" in news &&
    !defaultsIn(news).includes("name")
  );
}

/** The state as a preview knows it: on an update, what is computed stays. */
function previewed(
  { table }: BridgedResource,
  planned: PropertyMap,
  state: PropertyMap,
): PropertyMap {
  const computed = Object.entries(table)
    .filter(([name, spec]) => spec.computed === true && !(name in planned))
    .map(([name]): [string, PropertyValue] => [name, state[name] ?? Unknown]);
  return { ...planned, ...Object.fromEntries(computed) };
}

function inputsOnly({ table }: BridgedResource, planned: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(planned).filter(([name]) => table[name]?.outputOnly !== true),
  );
}

/** An error as Terraform's SDK prints the diagnostics of one operation. */
function diagnosis(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`1 error occurred:\n\t* ${message}\n\n`, { cause: error });
}

function diagnosed(error: unknown): never {
  throw diagnosis(error);
}

function wrapped(during: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`${during}: ${message}`, { cause: error });
}
