import {
  keyNames,
  neverRotated,
  newest,
  type Generations,
  type KeyName,
  type Keys,
} from "../facts/keys.ts";
import type { Problem, Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";

/** The generations of every key, as the stack says or 1. */
export function checkKeys({ keys = {} }: Draft, problems: Problems): Keys {
  const checked = keyNames.map((name) => {
    const draft = keys[name];
    return [name, draft === undefined ? neverRotated : checkOne(name, draft, problems)];
  });
  return Object.fromEntries(checked) as Keys;
}

function checkOne(
  name: KeyName,
  { kept, inUse }: NonNullable<NonNullable<Draft["keys"]>[KeyName]>,
  problems: Problems,
): Generations {
  const path = `keys.${name}`;
  if (kept === undefined || inUse === undefined) {
    if (problems.areSound(path)) {
      const missing = kept === undefined ? "kept" : "inUse";
      problems.add(`${path}.${missing}`, { wrong: "missing", fix: `write ${text(example)}` });
    }
    return neverRotated;
  }
  const numbers = kept.filter((it) => it !== undefined);
  if (numbers.length === 0 || numbers.some((it, index) => it <= (numbers[index - 1] ?? 0))) {
    const wrong = "not the numbers of generations, the oldest first";
    problems.add(`${path}.kept`, { wrong, got: numbers, fix: "write e.g. [1, 2]" });
  } else if (!numbers.includes(inUse)) {
    const fix = `write one of ${numbers.join(", ")}`;
    problems.add(`${path}.inUse`, { wrong: "not among those that are kept", got: inUse, fix });
  }
  return { kept: numbers, inUse };
}

/** What the stack's state says of its keys. */
export interface BuiltKeys {
  /** Those that the last run was to put in place. */
  readonly begun: Keys;
  /** Those that the last run which came to its end has put in place on every machine. */
  readonly done: Keys;
  /** Whether there is more than one API server: one alone learns of a new key and uses it in one go. */
  readonly haveSeveralReaders: boolean;
}

/**
 * Refuses a step by which somebody would be cut off, or data could not be read any more. What was begun may always be run again.
 * @param built - undefined when there is no cluster yet
 * @param wanted - each valid by itself; and whether kubelets ask for their certificates, or did so in the last run
 */
export function checkKeyChange(
  built: BuiltKeys | undefined,
  { keys, kubeletsAsk }: { readonly keys: Keys; readonly kubeletsAsk: boolean },
  problems: Problems,
): void {
  if (built === undefined) return;
  for (const name of keyNames) {
    const change = { begun: built.begun[name], done: built.done[name], wanted: keys[name] };
    if (isSame(change.wanted, change.begun)) continue;
    const needsReaders = built.haveSeveralReaders && readBeforeUse.has(name);
    const problem =
      (kubeletsAsk && askedFor.has(name) ? askedForProblem : null) ??
      numberProblem(change) ??
      dropProblem(change) ??
      useProblem(change, needsReaders);
    if (problem !== null) problems.add(`keys.${name}`, { got: change.wanted, ...problem });
  }
}

/** What is made with a key of these can be read only by who has it: there is nothing like a chain of certificates. */
const readBeforeUse: ReadonlySet<KeyName> = new Set(["serviceAccount", "encryption"]);

/** What kubelets ask for is signed by these, and they ask again only when most of its life is over. */
const askedFor: ReadonlySet<KeyName> = new Set(["kubernetesCa", "kubeletServingCa"]);
const askedForProblem: Problem = {
  wrong: "kubelets ask for their certificates, and would keep those of the old authority",
  fix: "write kubelet: {certificates: pulumi} and run it first; bootstrap again afterwards",
};

interface Change {
  readonly begun: Generations;
  readonly done: Generations;
  readonly wanted: Generations;
}

function numberProblem({ begun, wanted }: Change): Problem | null {
  const last = newest(begun);
  const again = wanted.kept.find((it) => it < last && !begun.kept.includes(it));
  if (again !== undefined) {
    return {
      wrong: `${again} is gone, and a number is never used again`,
      fix: `leave it out, or make ${last + 1}`,
    };
  }
  if (newest(wanted) >= last) return null;
  const kept = sorted([...wanted.kept, last]);
  return {
    wrong: `${last} is the newest and stays until there is a newer one`,
    fix: `write ${text({ ...wanted, kept })}`,
  };
}

function dropProblem({ begun, done, wanted }: Change): Problem | null {
  const known = sorted([...begun.kept, ...done.kept]);
  const dropped = known.filter((it) => !wanted.kept.includes(it));
  if (dropped.length === 0) return null;
  if (!isSame(begun, done)) {
    return {
      wrong: `the last run, with ${text(begun)}, did not come to its end, so ${dropped.join(", ")} may still be needed`,
      fix: `write ${text(begun)} and run it to its end first`,
    };
  }
  if (wanted.inUse === done.inUse) return null;
  const both = { kept: sorted([...known, ...wanted.kept]), inUse: wanted.inUse };
  return {
    wrong: `${done.inUse} is in use until a run with another has come to its end, so nothing may go yet`,
    fix: `write ${text(both)} now, and drop ${dropped.join(", ")} in a later run`,
  };
}

function useProblem({ done, wanted }: Change, needsReaders: boolean): Problem | null {
  if (!needsReaders || done.kept.includes(wanted.inUse)) return null;
  const readable = { kept: wanted.kept, inUse: done.inUse };
  return {
    wrong: `not every API server knows ${wanted.inUse} yet`,
    fix: `write ${text(readable)} now, and use ${wanted.inUse} in a later run`,
  };
}

const example: Generations = { kept: [1, 2], inUse: 2 };

function text({ kept, inUse }: Generations): string {
  return `{kept: [${kept.join(", ")}], inUse: ${inUse}}`;
}

function sorted(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function isSame(one: Generations, other: Generations): boolean {
  return text(one) === text(other);
}
