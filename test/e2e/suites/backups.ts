import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pollDemo, type Polled } from "../support/demo.ts";
import { apply, attempt, eventually, get, kubectl, plan, run, ssh } from "../support/lab.ts";
import { testPod } from "../support/objects.ts";
import { ingressAddresses } from "../support/page.ts";
import type { Target } from "../support/target.ts";

const master = "master-1";
const dir = "/var/lib/etcd-backups";

/** What etcd holds is saved, and the cluster goes back to it on the same machine. */
export function backupsSuite({ stack }: Target): void {
  describe("a backup of etcd", () => {
    const kept = "e2e-kept";
    const later = "e2e-later";
    let backup = "";
    beforeAll(async () => {
      await kubectl("create", "configmap", kept, "--from-literal=word=before");
      await ssh(master, "systemctl start etcd-backup.service");
      backup = (await ssh(master, `ls ${dir}/*.db | tail -n 1`)).trim();
    });
    afterAll(() => kubectl("delete", "configmap", kept, "--ignore-not-found"));

    it("is made every hour, and the first soon", async () => {
      const next = await ssh(master, "systemctl list-timers --no-legend etcd-backup.timer");
      expect(next).toContain("etcd-backup.service");
      expect(await ssh(master, `stat -c '%a %U' ${dir} ${dir}/*.db | sort -u`)).toBe(
        "600 etcd\n711 etcd\n",
      );
    });

    it("is named by npm run backups", async () => {
      await ssh(master, "systemctl restart node-status"); // which looks every five minutes
      await eventually(60, async () => {
        const { code, stdout } = await attempt([
          ...["lab", "exec", "node", "cli/backups.ts", "--stack", stack],
        ]);
        expect(stdout).toMatch(
          /master-1 +ok +newest: 20\d\d-\S+Z, \d+ MiB, revision \d+, \d+ kept/,
        );
        expect(code).toBe(0);
      });
    });

    describe("when the cluster goes back to it", () => {
      let client: Polled | undefined;
      beforeAll(async () => {
        await kubectl("create", "configmap", later, "--from-literal=word=after");
        await kubectl("delete", "configmap", kept);
        const polling = await pollDemo(await ingressAddresses());
        try {
          await ssh(master, `/usr/local/lib/hardway/restore-etcd.sh ${backup}`);
        } finally {
          client = await polling.stop();
        }
      });

      it("has what was there, and not what came later", async () => {
        const { data } = await get<{ data: object }>("configmap", kept);
        expect(data).toEqual({ word: "before" });
        expect((await attempt(["kubectl", "get", "configmap", later])).code).toBe(1);
      });

      it("costs the page no request", () => {
        expect(client?.failed).toEqual([]);
      });

      it("goes on: pods are made, watches see the new revisions, nodes are Ready", async () => {
        await kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=90s");
        await apply({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "e2e-after" },
          spec: { ...testPod(["true"]), restartPolicy: "Never" },
        });
        await eventually(60, async () => {
          const { status } = await get<{ status: { phase: string } }>("pod", "e2e-after");
          expect(status.phase).toBe("Succeeded");
        });
        await kubectl("delete", "pod", "e2e-after");
      });

      it("leaves nothing for Pulumi to do", async () => {
        await run(["up"]);
        expect(await plan()).toEqual([]);
      });
    });
  });
}
