import * as pulumi from "@pulumi/pulumi";
import { minorOf } from "../lib/versions.ts";
import { commandLine } from "../lib/shell.ts";
import { onFirst, step } from "../remote/step.ts";
import type { ClusterSpec } from "../spec.ts";
import type { NodeRemoval } from "./node-removal.ts";

export interface NodeUpgradesArgs {
  readonly spec: ClusterSpec;
  /** Who may drain a Node, and on which machine. */
  readonly removal: NodeRemoval;
  /** What has the new version before any worker: a kubelet is never newer than an API server. */
  readonly controlPlaneReady: readonly pulumi.Resource[];
  /** Names of the steps in the stack's state: a worker that is new has no pods to move. */
  readonly existing: ReadonlySet<string>;
}

/**
 * What stands around a worker's change to another minor version of Kubernetes: before it the Node is cordoned and drained, after it
 * uncordoned. Both look at the Node, so that a run that was cut off goes on where it was; a patch drains nothing.
 * @see https://kubernetes.io/releases/version-skew-policy/#kubelet-1
 */
export class NodeUpgrades extends pulumi.ComponentResource {
  readonly #args: NodeUpgradesArgs;

  constructor(name: string, args: NodeUpgradesArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:NodeUpgrades", name, {}, opts);
    this.#args = args;
    this.registerOutputs({ minor: this.#minor });
  }

  get #minor(): string {
    return minorOf(this.#args.spec.versions.kubernetes);
  }

  /**
   * Empties a worker that lives, if it is to get another minor version.
   * @param after - what must be done on the worker before
   * @returns what the worker's services wait for
   */
  cordon(worker: string, after: readonly pulumi.Resource[]): readonly pulumi.Resource[] {
    const script = commandLine("/usr/local/lib/hardway/cordon-node.sh", worker, this.#minor);
    const { controlPlaneReady } = this.#args;
    const cordon = this.#around(worker, "cordon", script, [...controlPlaneReady, ...after]);
    return this.#lives(worker) ? [cordon] : after;
  }

  /** @param healthy - the steps that end when the worker's services are healthy */
  uncordon(worker: string, healthy: readonly pulumi.Resource[]): pulumi.Resource {
    // The version is in the line so that it runs after every upgrade.
    const script = commandLine("/usr/local/lib/hardway/uncordon-node.sh", worker, this.#minor);
    return this.#around(worker, "uncordon", script, healthy);
  }

  #around(
    worker: string,
    what: "cordon" | "uncordon",
    script: string,
    after: readonly pulumi.Resource[],
  ): pulumi.Resource {
    const { removal } = this.#args;
    const lives = this.#lives(worker);
    return step(
      `${worker}-${what}`,
      {
        // Not done anew with another machine, since then the first of these lines would run.
        machine: onFirst([removal.machine]),
        // A new worker waits for nobody's right to drain it.
        run: lives ? script : commandLine("true"),
        onUpdate: script,
      },
      {
        parent: this,
        dependsOn: [removal.ready, ...(lives ? [...removal.granted, ...after] : [])],
        // What was done when it was new is done.
        ignoreChanges: ["create"],
      },
    );
  }

  #lives(worker: string): boolean {
    return this.#args.existing.has(`${worker}-kubelet`);
  }
}
