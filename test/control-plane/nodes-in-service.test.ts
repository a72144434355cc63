import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptHost } from "../support/scripts.ts";

/** The scripts that take a worker out of service, against a kubectl that is played. Does not prove that pods move: the lab does. */
let host: ScriptHost;

beforeEach(() => {
  host = new ScriptHost();
});
afterEach(() => {
  host[Symbol.dispose]();
});

interface Played {
  /** Whether the Node w is Ready. @default true */
  readonly ready?: boolean;
  /** @default true */
  readonly exists?: boolean;
  /** @default "v1.36.4" */
  readonly version?: string;
  /** @default false */
  readonly unschedulable?: boolean;
  /** What `cordon-node.sh` noted. @default "" */
  readonly noted?: string;
  /** @default true */
  readonly drains?: boolean;
  /** @default true */
  readonly answers?: boolean;
}

/** How a script ended, and what kubectl was to change. */
function run(script: string, args: readonly string[], played: Played = {}) {
  const { ready = true, exists = true, drains = true, answers = true } = played;
  const { version = "v1.36.4", unschedulable = false, noted = "" } = played;
  host.write(
    "usr-bin/kubectl",
    `#!/bin/sh
shift # --kubeconfig
${answers ? "" : "echo no route to the API server >&2; exit 1"}
case "$*" in
  get\\ node\\ *) [ ${exists} = true ] || exit 0 ;;
esac
case "$*" in
  *metadata.name*) echo w ;;
  *Ready*) echo ${ready ? "True" : "Unknown"} ;;
  *kubeletVersion*) echo ${version} ;;
  *unschedulable*) ${unschedulable ? "echo true" : ":"} ;;
  *cordoned-for}*) echo "${noted}" ;;
  drain*) echo "$*" >> $calls; echo "cannot evict pod web-1"; ${drains} ;;
  delete* | annotate* | uncordon*) echo "$*" >> $calls ;;
  *) echo "web-1 is on it" ;;
esac
`,
  );
  const { status, stderr } = host.run(script, args);
  const calls = host.calls.trimEnd().split("\n").filter(Boolean);
  return {
    status,
    stderr,
    calls,
    words: calls.map((call) => call.split(" ").slice(0, 3).join(" ")),
  };
}

describe("removing a node", () => {
  const remove = (played: Played) => run("remove-node.sh", ["w"], played);

  it("moves its pods, then deletes it", () => {
    const { status, words } = remove({});
    expect(status).toBe(0);
    expect(words).toEqual(["drain w --ignore-daemonsets", "delete node w"]);
  });

  it("that is gone already does nothing", () => {
    expect(remove({ exists: false })).toMatchObject({ status: 0, calls: [] });
  });

  it("takes no failure of the API for a node that is gone", () => {
    expect(remove({ answers: false }).status).not.toBe(0);
  });

  it("does not wait for pods of a dead machine, which nobody ends", () => {
    expect(remove({ ready: false }).calls[0]).toContain("--skip-wait-for-delete-timeout=1");
  });

  it("whose pods may not be evicted stays, and it says what blocks them and how to undo", () => {
    const { status, stderr, calls } = remove({ drains: false });
    expect(status).toBe(1);
    expect(calls).toHaveLength(1);
    expect(stderr).toMatch(/^w: not all of its pods could be evicted, so it stays, cordoned/);
    expect(stderr).toContain("kubectl uncordon w");
    expect(stderr).toContain("cannot evict pod web-1");
    expect(stderr).toContain("web-1 is on it");
  });
});

describe("before a kubelet of Kubernetes 1.37 a node", () => {
  const cordon = (played: Played) => run("cordon-node.sh", ["w", "1.37"], played);

  it("of 1.36 is drained, and it is noted that this was us", () => {
    const { status, words } = cordon({});
    expect(status).toBe(0);
    expect(words).toEqual(["annotate node w", "drain w --ignore-daemonsets"]);
  });

  it.each([
    ["that has it already", { version: "v1.37.0" }],
    ["that is not there yet", { exists: false }],
  ])("%s is left alone", (_what, played) => {
    expect(cordon(played)).toMatchObject({ status: 0, calls: [] });
  });

  it("of 1.3 is not taken for one of 1.37, nor of 1.370", () => {
    expect(cordon({ version: "v1.3.9" }).calls).not.toEqual([]);
    expect(cordon({ version: "v1.370.0" }).calls).not.toEqual([]);
  });

  it("that somebody cordoned himself is drained, and stays his", () => {
    expect(cordon({ unschedulable: true }).words).toEqual(["drain w --ignore-daemonsets"]);
  });

  it("whose pods may not be evicted keeps its kubelet, and what blocks them is named", () => {
    const { status, stderr } = cordon({ drains: false });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^w: not all of its pods could be evicted, so it keeps its kubelet for now/,
    );
    expect(stderr).toContain("web-1 is on it");
  });

  it("is not passed over when the API does not answer", () => {
    expect(cordon({ answers: false }).status).not.toBe(0);
  });
});

describe("after it a node", () => {
  const uncordon = (played: Played) => run("uncordon-node.sh", ["w", "1.37"], played);

  it("takes pods again", () => {
    const { status, words } = uncordon({ noted: "1.37", unschedulable: true });
    expect(status).toBe(0);
    expect(words).toEqual(["uncordon w", "annotate node w"]);
  });

  it("that somebody cordoned himself stays so", () => {
    expect(uncordon({ unschedulable: true })).toMatchObject({ status: 0, calls: [] });
  });

  it("is not taken for one of his when the API does not answer", () => {
    expect(uncordon({ answers: false }).status).not.toBe(0);
  });
});
