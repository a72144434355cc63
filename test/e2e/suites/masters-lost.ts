import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../support/clouds.ts";
import {
  attempt,
  editStack,
  eventually,
  get,
  kubectl,
  plan,
  run,
  ssh,
  startedAt,
} from "../support/lab.ts";
import { kubectlOn, masters, untilWhole } from "../support/masters.ts";
import { setMasters, type Target } from "../support/target.ts";

type CloudTarget = Target & { readonly cloud: Cloud };

/** What somebody types who has lost it all, without a preview. */
const again = ["pulumi", "up", "--yes", "--skip-preview", "--refresh", "--run-program"];

const writeEtcd = (stack: string, etcd: object) =>
  editStack(stack, (values) => ({ ...values, "hardway:etcd": etcd }));

/** Machines and disks are gone, as the cloud has it. */
async function lose(cloud: Cloud, names: readonly string[]): Promise<void> {
  for (const { id, name } of await cloud.machines()) {
    if (names.includes(name)) await cloud.remove(id);
  }
  await eventually(30, async () => {
    const left = (await cloud.machines()).map(({ name }) => name);
    expect(left.filter((name) => names.includes(name))).toEqual([]);
  });
}

/** Nothing is lost, whatever the config says. */
export function livingMasterSuite({ stack }: Target): void {
  describe("a control plane that lives", () => {
    it("is left as it is where somebody says that its data is lost, and says so", async () => {
      const before = await startedAt("master-1", "etcd");
      const undo = writeEtcd(stack, { generation: 2 });
      try {
        const { stdout, stderr } = await attempt(["pulumi", "preview"]);
        expect(stdout + stderr).toContain("says that etcd's data is lost, but master-1 answers at");
        const { code, stdout: said } = await attempt(["pulumi", "up", "--yes", "--skip-preview"]);
        expect(code).not.toBe(0);
        expect(said).toContain("etcd's data is here, so nothing was changed");
      } finally {
        undo();
      }
      await run(["up"]);
      expect(await plan()).toEqual([]);
      expect(await startedAt("master-1", "etcd")).toBe(before);
    });
  });
}

/** The only master is gone with its disk, and there is no backup. */
export function lostMasterSuite({ stack, cloud }: CloudTarget): void {
  describe("the only master, lost without a backup,", () => {
    let undo: (() => void) | undefined;
    beforeAll(async () => {
      await kubectl("create", "configmap", "e2e-lost");
      await lose(cloud, ["master-1"]);
    });
    afterAll(() => undo?.());

    it("is named by a preview, with where it says what to do", async () => {
      const { stdout, stderr } = await attempt(["pulumi", "preview"]);
      expect(stdout + stderr).toMatch(
        /no API server answers, got nothing from https:.*docs\/backups\.md, "When every control-plane machine is gone"/s,
      );
    });

    it("is not begun anew by an up that nobody told so, which says what to do", async () => {
      const { code, stdout } = await attempt(again);
      expect(code).not.toBe(0);
      expect(stdout).toContain("master-1 has no data, and there is no other member");
      expect(stdout).toContain("nothing is made anew by itself");
    });

    it("is planned by a preview once the config says that its data is lost", async () => {
      undo = writeEtcd(stack, { generation: 2 });
      const { code, stdout } = await attempt([
        ...["pulumi", "preview", "--refresh", "--run-program"],
      ]);
      expect(code).toBe(0);
      expect(stdout).toContain("master-1-etcd-founder-2");
    });

    it("comes back with all that the stack makes, and without what only etcd knew", async () => {
      await run(again);
      await run(["up"]); // healthy, the page served
      expect(await plan()).toEqual([]);
      expect((await attempt(["kubectl", "get", "configmap", "e2e-lost"])).code).toBe(1);
    });

    it("needs the line no more", async () => {
      undo?.();
      undo = undefined;
      expect(await plan()).toEqual([]);
    });

    it("has Services that follow their pods again", async () => {
      const pods = ["delete", "pod", "-n", "hardway-demo", "--all", "--wait=true"];
      await kubectl(...pods);
      await run(["up"]);
    });
  });
}

/** The same with a backup, as everybody may try it. */
export function drillSuite(): void {
  describe("npm run drill", () => {
    it("loses the control plane, restores it and says how long it took", async () => {
      const said = await run(["drill"]);
      console.info(said.slice(said.indexOf("\nmaster-1 and all its data gone")));
      expect(said).toMatch(/machine gone → all Nodes Ready, page served +\d/);
    });

    it("leaves nothing to do, though the stack's config does not say that there was one", async () => {
      expect(await plan()).toEqual([]);
    });
  });
}

/** Three machines, all gone at once. */
export function allMastersLostSuite(target: CloudTarget): void {
  const { stack, cloud } = target;
  describe("all of three masters", () => {
    const dir = mkdtempSync(join(tmpdir(), "hardway-lost-"));
    const file = join(dir, "etcd.db");
    const strangers = ["stranger-1", "stranger-2", "stranger-3"];
    let uid = "";
    beforeAll(async () => {
      setMasters(target, 3);
      await run(["up"]);
      await untilWhole();
      await kubectl("create", "secret", "generic", "e2e-kept", "--from-literal=word=before");
      uid = (await get<{ metadata: { uid: string } }>("secret", "e2e-kept")).metadata.uid;
      await ssh("master-2", "systemctl start etcd-backup.service");
      const newest = 'cd /var/lib/etcd-backups && base64 "$(ls *.db | tail -n 1)"';
      writeFileSync(file, Buffer.from(await ssh("master-2", newest), "base64"));
      await kubectl("delete", "secret", "e2e-kept");
      await lose(cloud, masters);
      // As in a cloud of many: the addresses are not given out to other ones of the three at once, whose records would swap theirs.
      for (const name of strangers) await cloud.makeStranger(name);
    });
    afterAll(async () => {
      rmSync(dir, { recursive: true });
      await lose(cloud, strangers);
    });

    it("come back from a file that is one, and from no other", async () => {
      const undo = writeEtcd(stack, { generation: 4, restoreFrom: "package.json" });
      const { code, stdout, stderr } = await attempt(again);
      undo();
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain("etcd.restoreFrom: not a snapshot of etcd");
      writeEtcd(stack, { generation: 4, restoreFrom: file });
      await run(again);
      await untilWhole();
      await run(["up"]);
    });

    it("have what was in it, its secrets readable", async () => {
      const kept = await get<{ metadata: { uid: string }; data: object }>("secret", "e2e-kept");
      expect(kept.metadata.uid).toBe(uid);
      expect(kept.data).toEqual({ word: Buffer.from("before").toString("base64") });
      await kubectlOn("worker-1", ["delete", "secret", "e2e-kept"]);
    });

    it("leave nothing to do, and need the file no more", async () => {
      rmSync(file);
      expect(await plan()).toEqual([]);
    });
  });
}
