import type * as pulumi from "@pulumi/pulumi";

/** How something that runs on several hosts is changed. */
export interface RolloutArgs<Host, T> {
  /** In the order in which a change goes through them. */
  readonly hosts: readonly Host[];
  /** Names of the steps that the stack's state has. */
  readonly existing: ReadonlySet<string>;
  /** Name of the step that, once it is in the state, says that the thing runs on this host. */
  readonly stepOn: (host: Host) => string;
  /**
   * Makes it on one host.
   * @param after - what must be done first, on the host before: every step that can disturb the service waits for it
   */
  readonly make: (host: Host, after: readonly pulumi.Resource[]) => T;
  /** What must be done before the next host may be disturbed: the steps that end when the service is healthy. */
  readonly healthy: (made: T) => readonly pulumi.Resource[];
  /**
   * When hosts that are new come to a living service: all at once beside the change, all at once after it has gone through
   * the others, or then one by one.
   * @default "beside"
   */
  readonly joining?: "beside" | "after" | "in turn";
}

/**
 * Makes something on each host, so that its very first start is on all of them together, and a change of what lives goes from
 * host to host, each healthy before the next is touched. A host that fails stops it: those behind it keep what they have.
 *
 * What lives is known from the stack's state and never asked of a machine, so a plan shows the order. A dependency is no input:
 * a resource that waits for another one than before, and differs in nothing else, does not change.
 * @returns what was made, in the order of `hosts`
 */
export function rollOut<Host, T>(args: RolloutArgs<Host, T>): T[] {
  const { hosts, existing, stepOn, make, healthy, joining = "beside" } = args;
  const lives = (host: Host) => existing.has(stepOn(host));
  const living = hosts.filter(lives);
  const added = hosts.filter((host) => !lives(host));
  const inTurn = joining === "in turn" && living.length > 0 ? [...living, ...added] : living;

  const made = new Map<Host, T>();
  let before: readonly pulumi.Resource[] = [];
  for (const host of inTurn) {
    const one = make(host, before);
    made.set(host, one);
    before = healthy(one);
  }
  const last = joining === "beside" ? [] : before;
  return hosts.map((host) => made.get(host) ?? make(host, last));
}
