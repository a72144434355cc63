import { describe, expect, test } from "vitest";
import { changedLock, problemsOf, type StackValues } from "../support/stack.ts";

describe("the artifact lock", () => {
  const lock = { artifacts: { lock: "my-lock.json" } };
  const problemsWith = (text: string, values: StackValues = {}) =>
    problemsOf({ ...lock, ...values }, { "my-lock.json": text });

  test("fails when it lacks the version", () => {
    expect(problemsOf({ kubernetes: { version: "1.36.9" } })).toEqual([
      'kubernetes.version: not in the artifact lock assets/versions.json, got "1.36.9"; use one of 1.37.1, 1.36.4, 1.35.7',
    ]);
    expect(problemsOf({ kubernetes: { version: "v1.36.4" } })).toEqual([
      'kubernetes.version: not in the artifact lock assets/versions.json, got "v1.36.4"; write "1.36.4"',
    ]);
  });

  test("fails when it has a version only in part", () => {
    const text = changedLock(({ files }) => {
      files.splice(
        files.findIndex(({ name, version }) => name === "kubelet" && version === "1.37.1"),
        1,
      );
    });
    expect(problemsWith(text, { kubernetes: { version: "1.37.1" } })).toEqual([
      'kubernetes.version: not in the artifact lock my-lock.json, got "1.37.1"; use one of 1.36.4, 1.35.7',
    ]);
  });

  test("fails when it is not there, is no lock, or lacks something", () => {
    expect(problemsOf(lock)).toEqual([
      'artifacts.lock: cannot be read, got "my-lock.json"; name a file of the project; `npm run up` writes the lab\'s',
    ]);
    expect(problemsWith("{}")).toEqual([
      expect.stringMatching(
        /^artifacts\.lock: not an artifact lock \(checked: .*\), got "my-lock\.json"; write one in the form of assets\/versions\.json$/,
      ),
    ]);
    const text = changedLock((changed) => {
      changed.files = changed.files.filter(({ name }) => name !== "runc");
      changed.images = changed.images.filter(({ name }) => name !== "coredns");
      delete changed.defaults["coredns"];
    });
    expect(problemsWith(text)).toEqual([
      'artifacts.lock: lacks runc 1.4.3 amd64, image coredns, got "my-lock.json"; add it to the lock, or name another lock',
    ]);
  });

  test("is not asked for an add-on that is off", () => {
    const text = changedLock((changed) => {
      changed.images = changed.images.filter(({ name }) => name !== "coredns");
    });
    expect(problemsWith(text, { addons: { coredns: { enabled: false } } })).toEqual([]);
  });
});
