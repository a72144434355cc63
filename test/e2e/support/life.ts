import { afterAll, beforeAll } from "vitest";
import { attempt, copyCheckout, removeCheckout } from "./lab.ts";

/** One lab for all tests of a file, from nothing to nothing, on a copy of the checkout. */
export function inOneLab(): void {
  beforeAll(async () => {
    await copyCheckout();
    await attempt(["down"]); // what an interrupted run of these tests left
  });
  afterAll(async () => {
    await attempt(["down"]);
    removeCheckout();
  });
}
