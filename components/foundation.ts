import * as pulumi from "@pulumi/pulumi";
import { made } from "./remote/made.ts";
import { foundationOf, foundationType } from "./facts/foundation.ts";
import { keysInPlaceType, type Keys } from "./facts/keys.ts";
import type { ClusterSpec } from "./spec.ts";

/**
 * What the cluster is built on, in the stack's state before anything else is made, so that `readConfig` can refuse a
 * change that would destroy it; also one after an interrupted first run.
 */
export class Foundation extends pulumi.ComponentResource {
  constructor(
    name: string,
    { spec }: { readonly spec: ClusterSpec },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super(foundationType, name, {}, opts);
    this.registerOutputs({ ...foundationOf(spec) });
  }
}

export interface KeysInPlaceArgs {
  readonly keys: Keys;
  /** Everything that must be done until nobody goes by the keys of before. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Says in the stack's state which keys every machine has and uses, once they do: a run that was interrupted leaves what the one
 * before it said, so that `readConfig` refuses to go on from what is not there yet.
 */
export class KeysInPlace extends pulumi.ComponentResource {
  constructor(
    name: string,
    { keys, after }: KeysInPlaceArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super(keysInPlaceType, name, {}, opts);
    this.registerOutputs({ keys: pulumi.all(after.map(made)).apply(() => keys) });
  }
}
