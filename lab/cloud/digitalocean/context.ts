import type { Operator } from "../operator.ts";
import type { Store } from "../store.ts";

/** What every room of the API works with. */
export interface Context {
  readonly store: Store;
  readonly operator: Operator;
}
