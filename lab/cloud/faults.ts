import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../lib/paths.ts";

/**
 * How a lab's clouds can fail:
 *
 * - `slow-boot`: the next machine waits `seconds` before it is made or switched on
 * - `429`, `500`, `404`: the answer, whatever was asked; nothing happens. 429 says to come back after a second
 * - `linode-busy`: what Linode says, with status 400, of a Linode that something is being done to
 * - `lost-answer`: what was asked for happens, and the connection breaks before the answer
 */
export const faultKinds = ["slow-boot", "429", "500", "404", "linode-busy", "lost-answer"] as const;

export type FaultKind = (typeof faultKinds)[number];

/** A failure to come. */
export interface Fault {
  readonly kind: FaultKind;
  /** Only requests of this method; null: any, but for the last two kinds any that changes something. */
  readonly method: string | null;
  /** Only requests whose path begins like this. */
  readonly path: string;
  /** How often still. */
  readonly times: number;
  /** Of `slow-boot`. */
  readonly seconds: number;
}

/**
 * The failures that were ordered for a lab, in `faults.json` of its state directory: a command writes it and the
 * clouds read it anew for each request.
 */
export class Faults {
  readonly #path: string;

  constructor({ stateDir }: Pick<Lab, "stateDir">) {
    this.#path = join(stateDir, "faults.json");
  }

  list(): readonly Fault[] {
    if (!existsSync(this.#path)) return [];
    return JSON.parse(readFileSync(this.#path, "utf8")) as readonly Fault[];
  }

  add(fault: Fault): void {
    this.#write([...this.list(), fault]);
  }

  clear(): void {
    this.#write([]);
  }

  /** The first failure that fits, which then has happened once more. */
  take(fits: (fault: Fault) => boolean): Fault | null {
    const all = this.list();
    const taken = all.find((fault) => fault.times > 0 && fits(fault));
    if (!taken) return null;
    const left = all.map((fault) =>
      fault === taken ? { ...fault, times: fault.times - 1 } : fault,
    );
    this.#write(left.filter(({ times }) => times > 0));
    return taken;
  }

  /** @param kinds - that the cloud knows how to answer */
  takeFor(kinds: readonly FaultKind[], method: string, path: string): Fault | null {
    return this.take(
      (fault) =>
        kinds.includes(fault.kind) && path.startsWith(fault.path) && fitsMethod(fault, method),
    );
  }

  #write(faults: readonly Fault[]): void {
    const draft = `${this.#path}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(faults, null, 2)}\n`);
    renameSync(draft, this.#path);
  }
}

function fitsMethod(fault: Fault, method: string): boolean {
  if (fault.method !== null) return fault.method === method;
  const onlyChanges = fault.kind === "lost-answer" || fault.kind === "linode-busy";
  return !onlyChanges || method !== "GET";
}
