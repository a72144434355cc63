import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";

/** Runs remove-node.sh against a kubectl that is played. Does not prove that pods move: the lab does. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hardway-node-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

interface Played {
  /** What `kubectl get node` finds: whether it is ready, or null for no node. */
  readonly ready: boolean | null;
  readonly drains: boolean;
}

/** The commands that kubectl got, and how the script ended. */
function remove({ ready, drains }: Played) {
  const [calls, kubectl, script] = ["calls", "kubectl", "script"].map((name) => join(root, name));
  if (calls === undefined || kubectl === undefined || script === undefined) throw new Error();
  const found = ready === null ? ":" : "echo node/w";
  writeFileSync(
    kubectl,
    `#!/bin/sh
shift # --kubeconfig
case "$1 $*" in
  *output=name*) ${found} ;;
  *jsonpath*) echo ${ready === true ? "True" : "Unknown"} ;;
  drain*) echo "$*" >> ${calls}; echo "cannot evict pod web-1"; ${drains ? "true" : "false"} ;;
  delete*) echo "$*" >> ${calls} ;;
  *) echo "web-1 is on it" ;;
esac
`,
    { mode: 0o755 },
  );
  const text = readAsset("scripts/remove-node.sh")
    .replaceAll("/usr/local/bin/kubectl", kubectl)
    .replaceAll("/run/", `${root}/`);
  writeFileSync(script, text);
  const { status, stderr } = spawnSync("sh", [script, "w"], { encoding: "utf8" });
  const lines = existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [];
  return { status, stderr, calls: lines };
}

describe("removing a node", () => {
  it("moves its pods, then deletes it", () => {
    const { status, calls } = remove({ ready: true, drains: true });
    expect(status).toBe(0);
    expect(calls.map((call) => call.split(" ").slice(0, 3).join(" "))).toEqual([
      "drain w --ignore-daemonsets",
      "delete node w",
    ]);
  });

  it("that is gone already does nothing", () => {
    expect(remove({ ready: null, drains: false })).toMatchObject({ status: 0, calls: [] });
  });

  it("does not wait for pods of a dead machine, which nobody ends", () => {
    const [drain] = remove({ ready: false, drains: true }).calls;
    expect(drain).toContain("--skip-wait-for-delete-timeout=1");
  });

  it("whose pods may not be evicted stays, and it says what blocks them and how to undo", () => {
    const { status, stderr, calls } = remove({ ready: true, drains: false });
    expect(status).toBe(1);
    expect(calls).toHaveLength(1);
    expect(stderr).toMatch(/^w: not all of its pods could be evicted/);
    expect(stderr).toContain("kubectl uncordon w");
    expect(stderr).toContain("cannot evict pod web-1");
    expect(stderr).toContain("web-1 is on it");
  });
});
