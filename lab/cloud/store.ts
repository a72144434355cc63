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
import type { NetworkPolicy } from "../machines/spec.ts";
import { checkLimits } from "./limits.ts";
import type { Clouds, CloudState } from "./model.ts";
import { policyOf } from "./policy.ts";

/** One cloud's part of the store. */
export interface CloudStore {
  /** The state as it is now; never changed in place. */
  readonly state: CloudState;
  /**
   * Changes the state; one change at a time.
   * @param mutate - works on the copy it is given; whatever it throws is passed on and nothing has changed
   * @throws LabLimit when the lab cannot have what came out
   */
  change<T>(mutate: (draft: CloudState) => T): Promise<T>;
}

/**
 * The state of a lab's clouds, on disk and in force.
 *
 * A change is worked out on a copy; then the firewalls it implies are put in force, then it is saved, and only
 * then it is to be seen. So nothing is ever answered that is not yet enforced, a change that fails leaves
 * everything as it was, and a daemon killed at any point finds its last whole state again.
 */
export class Store {
  readonly #path: string;
  readonly #enforce: (policy: NetworkPolicy) => Promise<void>;
  #clouds: Clouds;
  /** null: not known to be in force, as after a start. */
  #inForce: NetworkPolicy | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param path - of the JSON file, mode 0600
   * @param empty - what each cloud begins with when there is no file yet
   * @param enforce - puts a policy in force, whole
   */
  constructor(path: string, empty: Clouds, enforce: (policy: NetworkPolicy) => Promise<void>) {
    this.#path = path;
    this.#enforce = enforce;
    this.#clouds = existsSync(path) ? savedClouds(path, empty) : empty;
    for (const name of Object.keys(empty)) cloudNamed(this.#clouds, name);
  }

  /** All clouds as they are now; never changed in place. */
  get clouds(): Clouds {
    return this.#clouds;
  }

  /** One cloud's part. */
  of(name: string): CloudStore {
    const current = () => cloudNamed(this.#clouds, name);
    return {
      get state() {
        return current();
      },
      change: (mutate) => this.#change(name, mutate),
    };
  }

  async #change<T>(name: string, mutate: (draft: CloudState) => T): Promise<T> {
    const turn = this.#turn.then(async () => {
      const draft = structuredClone(this.#clouds);
      const result = mutate(cloudNamed(draft, name));
      checkLimits(draft);
      await this.#putInForce({
        machines: Object.values(draft).flatMap((cloud) => policyOf(cloud).machines),
      });
      if (!isDeepStrictEqual(draft, this.#clouds)) save(this.#path, draft);
      this.#clouds = draft;
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

/** What an older lab did not know of begins as in an empty cloud. */
function savedClouds(path: string, empty: Clouds): Clouds {
  const saved = JSON.parse(readFileSync(path, "utf8")) as Clouds;
  const entries = Object.entries(saved).map(([name, cloud]) => [
    name,
    { ...empty[name], ...cloud },
  ]);
  return Object.fromEntries(entries) as Clouds;
}

function save(path: string, state: Clouds): void {
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

function cloudNamed(clouds: Clouds, name: string): CloudState {
  const cloud = clouds[name];
  if (!cloud) {
    throw new Error(
      `cloud.json: no cloud ${name} in it, as written by an older lab; remove the lab with \`npm run down\``,
    );
  }
  return cloud;
}
