import { describe, expect, it, test } from "vitest";
import { checkKeyChange } from "../../components/config/keys.ts";
import { Problems } from "../../components/config/problems.ts";
import { keysFrom, type Generations, type KeyName } from "../../components/facts/keys.ts";
import { linesOf } from "../support/problems.ts";
import { configOf, failsWith, minimal } from "../support/stack.ts";

const of = (kept: readonly number[], inUse: number): Generations => ({ kept, inUse });

it("every key has one generation, unless the stack says otherwise", () => {
  expect(configOf(minimal).spec.keys).toEqual(keysFrom());
  const keys = { etcdCa: of([1, 2], 2) };
  expect(configOf({ ...minimal, keys }).spec.keys).toEqual(keysFrom(keys));
});

describe("the generations of a key", () => {
  failsWith([
    [
      "one that is used and not kept",
      { keys: { encryption: of([2, 3], 1) } },
      ["keys.encryption.inUse: not among those that are kept, got 1; write one of 2, 3"],
    ],
    [
      "numbers that do not ascend",
      { keys: { etcdCa: of([2, 1], 1) } },
      [
        "keys.etcdCa.kept: not the numbers of generations, the oldest first, got [2,1]; write e.g. [1, 2]",
      ],
    ],
    [
      "a generation 0",
      { keys: { etcdCa: of([0, 1], 1) } },
      [
        "keys.etcdCa.kept: not the numbers of generations, the oldest first, got [0,1]; write e.g. [1, 2]",
      ],
    ],
    [
      "half of what must be said",
      { keys: { etcdCa: { kept: [1] } } },
      ["keys.etcdCa.inUse: missing; write {kept: [1, 2], inUse: 2}"],
    ],
    [
      "another word",
      { keys: { etcdCA: of([1], 1) } },
      ['keys.etcdCA: unknown key; did you mean "etcdCa"?'],
    ],
  ]);
});

interface Built {
  readonly done: Generations;
  /** @default - what is done */
  readonly begun?: Generations;
  /** @default 1 */
  readonly masters?: number;
}

function refusal(
  name: KeyName,
  { done, begun = done, masters = 1 }: Built,
  wanted: Generations,
  kubeletsAsk = false,
): string | null {
  const problems = new Problems();
  const keys = (it: Generations) => keysFrom({ [name]: it });
  const built = { begun: keys(begun), done: keys(done), haveSeveralReaders: masters > 1 };
  checkKeyChange(built, { keys: keys(wanted), kubeletsAsk }, problems);
  const found = linesOf(problems);
  return found.length === 0 ? null : found.join("\n");
}

describe("a cluster that exists", () => {
  const [one, kept, both, two] = [of([1], 1), of([1, 2], 1), of([1, 2], 2), of([2], 2)];

  test.each<[what: string, name: KeyName, built: Built, wanted: Generations]>([
    ["trusts both authorities and issues from the new one", "kubernetesCa", { done: one }, both],
    ["drops the old one later", "kubernetesCa", { done: both }, two],
    ["goes back to the old one while it is kept", "etcdCa", { done: both }, kept],
    ["uses a new key at once where one API server reads it", "encryption", { done: one }, both],
    ["keeps it first where there are several", "encryption", { done: one, masters: 3 }, kept],
    ["and uses it then", "serviceAccount", { done: kept, masters: 3 }, both],
    ["runs again what did not come to its end", "encryption", { done: both, begun: two }, two],
    ["goes on to a third", "etcdCa", { done: both }, of([1, 2, 3], 3)],
  ])("%s", (_what, name, built, wanted) => {
    expect(refusal(name, built, wanted)).toBeNull();
  });

  test.each<[what: string, name: KeyName, built: Built, wanted: Generations, says: string]>([
    [
      "to another authority in one step",
      "kubernetesCa",
      { done: one },
      two,
      'keys.kubernetesCa: 1 is in use until a run with another has come to its end, so nothing may go yet, got {"kept":[2],"inUse":2}; ' +
        "write {kept: [1, 2], inUse: 2} now, and drop 1 in a later run",
    ],
    [
      "to drop while it begins to use",
      "kubernetesCa",
      { done: kept },
      two,
      'keys.kubernetesCa: 1 is in use until a run with another has come to its end, so nothing may go yet, got {"kept":[2],"inUse":2}; ' +
        "write {kept: [1, 2], inUse: 2} now, and drop 1 in a later run",
    ],
    [
      "to drop after a run that was cut off",
      "encryption",
      { done: one, begun: both },
      two,
      'keys.encryption: the last run, with {kept: [1, 2], inUse: 2}, did not come to its end, so 1 may still be needed, got {"kept":[2],"inUse":2}; ' +
        "write {kept: [1, 2], inUse: 2} and run it to its end first",
    ],
    [
      "to forget a key that a run which was cut off may have written with",
      "encryption",
      { done: one, begun: both },
      one,
      'keys.encryption: 2 is the newest and stays until there is a newer one, got {"kept":[1],"inUse":1}; ' +
        "write {kept: [1, 2], inUse: 1}",
    ],
    [
      "to use a number again",
      "etcdCa",
      { done: two },
      of([1, 2], 2),
      'keys.etcdCa: 1 is gone, and a number is never used again, got {"kept":[1,2],"inUse":2}; leave it out, or make 3',
    ],
    [
      "to write with a key that another API server cannot read with",
      "encryption",
      { done: one, masters: 3 },
      both,
      'keys.encryption: not every API server knows 2 yet, got {"kept":[1,2],"inUse":2}; ' +
        "write {kept: [1, 2], inUse: 1} now, and use 2 in a later run",
    ],
  ])("is refused %s", (_what, name, built, wanted, says) => {
    expect(refusal(name, built, wanted)).toBe(says);
  });

  it("keeps the authorities by which kubelets ask for certificates", () => {
    const begins = "keys.kubernetesCa: kubelets ask for their certificates, and would keep";
    expect(refusal("kubernetesCa", { done: one }, both, true)).toContain(begins);
    expect(refusal("etcdCa", { done: one }, both, true)).toBeNull();
    expect(refusal("kubernetesCa", { done: both }, both, true)).toBeNull();
  });
});
