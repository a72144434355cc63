import { asReplace, diffValues } from "../lib/diff.ts";
import { formatPath } from "../lib/paths.ts";
import type { PropertyChange, RequestContext, ResourceHandler } from "../lib/plugin.ts";
import { previewState } from "../lib/preview.ts";
import { checkProperties, tableSecrets } from "../lib/check-properties.ts";
import { markSecrets } from "../lib/secrets.ts";
import type { PropertyMap, PropertyValue } from "../lib/values.ts";
import { bridgeWords } from "../lib/words.ts";
import { isInRenewalWindow, plannedReadiness } from "./renewal.ts";
import type { ResourceSchema } from "./schema.ts";
import { validate } from "./validate.ts";

/** What is made of a resource's inputs; its outputs and id. */
export type Make = (
  inputs: PropertyMap,
  context: RequestContext,
) => Promise<{ readonly id: string; readonly outputs: PropertyMap }>;

/**
 * A resource as the Plugin Framework bridge runs it: a plan is made of inputs, defaults and state, and compared
 * with the state; outputs never change by themselves.
 * @param clock - says what time it is, for renewal
 */
export function tlsResource(
  { inputs: table, outputs, defaults }: ResourceSchema,
  make: Make,
  clock: () => Date,
): ResourceHandler {
  const renews = "readyForRenewal" in outputs;
  const whole = { ...table, ...outputs };

  /** The inputs with defaults, and with what the state has where the provider decides. */
  const plan = (inputs: PropertyMap, state: PropertyMap): PropertyMap => {
    const kept = Object.entries(table)
      .filter(([name, spec]) => spec.computed === true && name in state)
      .map(([name]): [string, PropertyValue] => [name, state[name] ?? null]);
    const planned = { ...Object.fromEntries(kept), ...defaults, ...inputs };
    return renews ? { ...planned, readyForRenewal: plannedReadiness(planned) } : planned;
  };

  const kept = (state: PropertyMap): PropertyMap =>
    Object.fromEntries(Object.entries(state).filter(([name]) => name in outputs));

  return {
    check: ({ news, name }) => {
      const { inputs, failures } = checkProperties(table, news, bridgeWords);
      return { inputs, failures: [...failures, ...validate(name, news)] };
    },

    diff: ({ state, news }) => {
      const planned = plan(news, state);
      const known = Object.keys(planned);
      const present = Object.fromEntries(
        Object.entries(state).filter(([name]) => name in table || known.includes(name)),
      );
      const changes: Record<string, PropertyChange> = {};
      for (const { path, kind } of diffValues(present, planned)) {
        const replaces = table[String(path[0])]?.replaces === true;
        changes[formatPath(path)] = { kind: replaces ? asReplace(kind) : kind };
      }
      if (renews && isInRenewalWindow({ ...state, ...planned }, clock())) {
        changes["readyForRenewal"] = { kind: "update-replace" };
      }
      return { changes };
    },

    create: async (request) => {
      const planned = plan(request.inputs, {});
      if (request.preview) return { id: "", state: previewState(whole, planned) };
      const made = await make(planned, request);
      const state = { ...planned, ...made.outputs };
      return { id: made.id, state: markSecrets(state, tableSecrets(whole, state)) };
    },

    read: ({ id, state, inputs }) => {
      const isDue = renews && isInRenewalWindow(state, clock());
      const now = isDue ? { ...state, readyForRenewal: true } : state;
      return { id, state: markSecrets(now, tableSecrets(whole, now)), inputs };
    },

    update: ({ inputs, state: present }) => {
      const state = { ...kept(present), ...plan(inputs, present) };
      return { state: markSecrets(state, tableSecrets(whole, state)) };
    },
  };
}
