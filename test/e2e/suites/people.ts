import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attempt, kubectl, lab, run } from "../support/lab.ts";
import type { Target } from "../support/target.ts";

const where = "e2e-people";

/** A person gets a kubeconfig, may what a binding says, and no more once that is gone. */
export function peopleSuite({ stack }: Target): void {
  describe("npm run kubeconfig -- --user alice --group dev", () => {
    const file = join(lab.stateDir, "alice.kubeconfig");
    const alice = (...args: string[]) => attempt(["kubectl", `--kubeconfig=${file}`, ...args]);

    beforeAll(async () => {
      await kubectl("create", "namespace", where);
      const who = ["--stack", stack, "--user", "alice", "--group", "dev", "--days", "2"];
      await run(["lab", "exec", "node", "cli/kubeconfig.ts", ...who, "--out", file]);
    });
    afterAll(async () => {
      rmSync(file, { force: true });
      await kubectl("delete", "namespace", where, "--wait=false");
    });

    it("says who she is, and gives no right", async () => {
      expect((await alice("auth", "whoami")).stdout).toMatch(/alice[\s\S]*dev/);
      const { code, stderr } = await alice("get", "pods", "-n", where);
      expect(code).toBe(1);
      expect(stderr).toContain('User "alice" cannot list');
    });

    it("lets her do what her group is bound to, as long as it is", async () => {
      await kubectl(
        "create",
        "rolebinding",
        "dev",
        "-n",
        where,
        "--clusterrole=edit",
        "--group=dev",
      );
      expect((await alice("get", "pods", "-n", where)).code).toBe(0);
      expect((await alice("get", "nodes")).code).toBe(1);
      await kubectl("delete", "rolebinding", "dev", "-n", where);
      expect((await alice("get", "pods", "-n", where)).code).toBe(1);
    });
  });
}
