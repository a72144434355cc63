import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { NetworkPolicy } from "../machines/hypervisor.ts";
import { emptyCloud, type CloudState } from "./model.ts";
import { policyOf } from "./policy.ts";

/**
 * The cloud's state, on disk and in force.
 *
 * A change is worked out on a copy; then the firewalls it implies are put in force, then it is saved, and only
 * then it is to be seen. So nothing is ever answered that is not yet enforced, a change that fails leaves
 * everything as it was, and a daemon killed at any point finds its last whole state again.
 */
export class Store {
  readonly #path: string;
  readonly #enforce: (policy: NetworkPolicy) => Promise<void>;
  #state: CloudState;
  /** null: not known to be in force, as after a start. */
  #inForce: NetworkPolicy | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param path - of the JSON file, mode 0600; a missing one is an empty cloud
   * @param enforce - puts a policy in force, whole
   */
  constructor(path: string, enforce: (policy: NetworkPolicy) => Promise<void>) {
    this.#path = path;
    this.#enforce = enforce;
    this.#state = existsSync(path)
      ? (JSON.parse(readFileSync(path, "utf8")) as CloudState)
      : emptyCloud();
  }

  /** The state as it is now; never changed in place. */
  get state(): CloudState {
    return this.#state;
  }

  /**
   * Changes the state; one change at a time.
   * @param mutate - works on the copy it is given; whatever it throws is passed on and nothing has changed
   */
  async change<T>(mutate: (draft: CloudState) => T): Promise<T> {
    const turn = this.#turn.then(async () => {
      const draft = structuredClone(this.#state);
      const result = mutate(draft);
      await this.#putInForce(policyOf(draft));
      if (!isDeepStrictEqual(draft, this.#state)) save(this.#path, draft);
      this.#state = draft;
      return result;
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #putInForce(policy: NetworkPolicy): Promise<void> {
    if (isDeepStrictEqual(policy, this.#inForce)) return;
    this.#inForce = null; // if it fails half-way, nobody knows
    await this.#enforce(policy);
    this.#inForce = policy;
  }
}

function save(path: string, state: CloudState): void {
  const draft = `${path}.new`;
  const file = openSync(draft, "w", 0o600);
  try {
    writeFileSync(file, JSON.stringify(state, null, 2));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}
