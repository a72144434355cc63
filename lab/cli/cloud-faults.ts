import { existsSync } from "node:fs";
import { type Fault, Faults } from "../cloud/faults.ts";
import type { Lab } from "../lib/paths.ts";
import { table } from "./table.ts";

/**
 * Lets the lab's clouds fail, from their next request on.
 * @throws Error when there is no lab
 */
export function setFault(lab: Lab, fault: Fault): number {
  if (!existsSync(lab.stateDir)) {
    throw new Error(`lab ${lab.name}: does not exist; make it with npm run up`);
  }
  new Faults(lab).add(fault);
  return listFaults(lab);
}

/** Prints the failures that are still to come. */
export function listFaults(lab: Lab): number {
  const rows = new Faults(lab)
    .list()
    .map(({ kind, method, path, times, seconds }) => [
      kind,
      method ?? "any",
      path,
      `${times}`,
      kind === "slow-boot" ? `${seconds} s` : "",
    ]);
  console.log(
    rows.length === 0
      ? "no failures to come"
      : table([["KIND", "METHOD", "PATH", "TIMES", "LENGTH"], ...rows]).join("\n"),
  );
  return 0;
}

export function clearFaults(lab: Lab): number {
  new Faults(lab).clear();
  return listFaults(lab);
}
