import type { Path } from "../lib/paths.ts";
import { markSecrets } from "../lib/secrets.ts";
import { isMap, secret, type OutgoingMap, type PropertyMap } from "../lib/values.ts";
import { toApi, toSdk } from "./normalize.ts";
import { apiVersionOf, textAt, withoutValue, type KubeObject } from "./objects.ts";

/** What the state of a resource holds: the object as it was last seen, and how it came to be. */
export interface Checkpoint {
  readonly live: KubeObject;
  readonly inputs: KubeObject;
  readonly initialApiVersion: string;
  readonly fieldManager: string;
}

/**
 * The state of a resource: the live object's members, beside `__inputs`, `__initialApiVersion` and `__fieldManager`.
 * @param secrets - where the inputs held secrets; `data` of a Secret is secret in any case
 */
export function checkpointState(checkpoint: Checkpoint, secrets: readonly Path[]): OutgoingMap {
  const inputs = markSecrets(secretData(toSdk(checkpoint.inputs)), secrets);
  const live = markSecrets(secretData(toSdk(checkpoint.live)), secrets);
  return {
    ...live,
    __inputs: inputs,
    __initialApiVersion: checkpoint.initialApiVersion,
    __fieldManager: checkpoint.fieldManager,
  };
}

/** Takes apart what `checkpointState` made. */
export function parseState(state: PropertyMap): Checkpoint {
  const inputs = isMap(state["__inputs"]) ? toApi(state["__inputs"]) : {};
  const live = ["__inputs", "__initialApiVersion", "__fieldManager"].reduce(
    (rest, key) => withoutValue(rest, [key]),
    state,
  );
  const initial = textAt(state, "__initialApiVersion");
  return {
    live: toApi(live),
    inputs,
    initialApiVersion: initial === "" ? apiVersionOf(inputs) : initial,
    fieldManager: textAt(state, "__fieldManager"),
  };
}

/** Marks what a Secret holds, whether or not the program did. */
export function secretData(object: PropertyMap): OutgoingMap {
  if (object["kind"] !== "Secret") return object;
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      key === "data" || key === "stringData" ? secret(value) : value,
    ]),
  );
}
