import * as pulumi from "@pulumi/pulumi";
import { foundationOf, foundationType } from "./lib/foundation.ts";
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
