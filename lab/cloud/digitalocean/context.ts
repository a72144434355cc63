import type { Operator } from "../operator.ts";
import type { CloudStore } from "../store.ts";

/** What every room of the API works with. */
export interface Context {
  readonly store: CloudStore;
  readonly operator: Operator;
}
