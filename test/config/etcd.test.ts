import { describe, expect, test } from "vitest";
import { checkEtcd } from "../../components/config/etcd.ts";
import { Problems } from "../../components/config/problems.ts";
import type { Draft } from "../../components/config/schema.ts";
import { linesOf } from "../support/problems.ts";
import { failsWith } from "../support/stack.ts";

/** What becomes of this in a stack whose etcd is of this generation, or its problems. */
function wanted(etcd: Draft["etcd"], built: number | undefined) {
  const problems = new Problems();
  const spec = checkEtcd({ etcd }, built, problems);
  const found = linesOf(problems);
  return found.length === 0 ? spec : found;
}

describe("the generation of etcd", () => {
  test("is as it is, unless the stack says otherwise, and the first in a new one", () => {
    expect(wanted(undefined, undefined)).toEqual({
      generation: 1,
      isLost: false,
      restoreFrom: null,
    });
    expect(wanted({}, 3)).toEqual({ generation: 3, isLost: false, restoreFrom: null });
    expect(wanted({ generation: 2 }, undefined)).toEqual({
      generation: 2,
      isLost: false,
      restoreFrom: null,
    });
  });

  test("that is another than before says that the data is lost", () => {
    expect(wanted({ generation: 2 }, 1)).toEqual({
      generation: 2,
      isLost: true,
      restoreFrom: null,
    });
    expect(wanted({ generation: 2, restoreFrom: "etcd.db" }, 1)).toEqual({
      generation: 2,
      isLost: true,
      restoreFrom: "etcd.db",
    });
  });

  test("that has begun looks at no file any more", () => {
    expect(wanted({ generation: 2, restoreFrom: "long-gone.db" }, 2)).toEqual({
      generation: 2,
      isLost: false,
      restoreFrom: null,
    });
  });

  test("never goes back", () => {
    expect(wanted({ generation: 1 }, 2)).toEqual([
      "etcd.generation: over: this is generation 2 of the cluster's etcd, got 1; " +
        "write 2, or take it out, which is the same; the next is for when the data is lost: docs/backups.md",
    ]);
  });
});

test("a snapshot is for a loss that is said, in a stack that has its keys", () => {
  expect(wanted({ restoreFrom: "etcd.db" }, 1)).toEqual([
    "etcd.restoreFrom: without a generation; only one that says that the data is lost is honoured, " +
      'got "etcd.db"; write {generation: 2, restoreFrom: etcd.db}, or take it out',
  ]);
  expect(wanted({ generation: 2, restoreFrom: "etcd.db" }, undefined)).toEqual([
    "etcd.restoreFrom: of no use in a stack without a cluster: the keys of a backup's Secrets are in the state of the stack it is of, " +
      'got "etcd.db"; bring that state here first (pulumi stack import: docs/backups.md), or take it out',
  ]);
});

failsWith([
  [
    "a generation of no number",
    { etcd: { generation: "two" } },
    ['etcd.generation: not a number, got "two"; write a number from 1'],
  ],
  [
    "a generation before the first",
    { etcd: { generation: 0 } },
    ["etcd.generation: too small, got 0; use a number from 1 to 1000"],
  ],
  [
    "a file of no name",
    { etcd: { generation: 1, restoreFrom: 1 } },
    ["etcd.restoreFrom: not text, got 1; write a file, e.g. etcd.db"],
  ],
]);
