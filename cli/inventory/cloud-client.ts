/** One thing that a cloud has. */
export interface CloudThing {
  /** Pulumi's type token; with the id it is the thing's identity. */
  readonly type: string;
  /** As Pulumi's state has it. */
  readonly id: string;
  readonly name: string;
  /** Whether it costs something as long as it is there. */
  readonly bills: boolean;
  /** What else tells it apart, e.g. its size and region. */
  readonly detail: string;
  /** False: nothing on it tells whose it is, as with an address that no machine uses. */
  readonly isCertain: boolean;
}

/** How to ask a cloud what it has of one cluster. */
export interface CloudClient {
  /** For people. */
  readonly name: string;
  /** Types that `list` would find; of others the state alone knows. */
  readonly types: readonly string[];
  /** Everything of the cluster with this tag, `hardway-<name>`. */
  list(tag: string): Promise<readonly CloudThing[]>;
}
