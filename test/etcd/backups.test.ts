import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleOf } from "../support/bundles.ts";
import { clusterGraph, graphOfSpec } from "../support/cluster.ts";
import { withMasters } from "../support/masters.ts";
import { ScriptHost } from "../support/scripts.ts";

/*
 * Runs the script as it is, with etcd's programs and the disk played. Does not prove that a real etcd is saved and can be
 * restored, nor that systemd runs it each hour: the lab does.
 */
describe("backup-etcd.sh", () => {
  let host: ScriptHost;
  const saved = () => readdirSync(host.path("backups")).filter((name) => name.endsWith(".db"));
  const newest = () => host.read("backups/newest").trim().split(" ").map(Number);

  beforeEach(() => {
    host = new ScriptHost();
    mkdirSync(host.path("backups"));
    play({});
  });
  afterEach(() => {
    host[Symbol.dispose]();
  });

  /** @param roomKib - what a disk of 25 GiB has for backups, each of which takes 1 GiB of it */
  function play({ isLearner = false, canRestore = true, canSave = true, roomKib = 1e8 }): void {
    const learner = isLearner ? ',"isLearner":true' : "";
    host.write(
      "usr-bin/etcdctl",
      `#!/bin/sh
for word in "$@"; do last=$word; done
case "$*" in
  *"endpoint status"*) echo '[{"Endpoint":"x","Status":{"version":"3.6.14","dbSize":20480,"leader":1,"dbSizeInUse":4096${learner}}}]' ;;
  *"snapshot save"*) ${canSave ? "" : "echo no leader >&2; exit 1;"} printf 'what etcd holds' > "$last" ;;
esac
`,
    );
    host.write(
      "usr-bin/etcdutl",
      `#!/bin/sh
case "$2" in
  status) echo '{"hash":1,"revision":4711,"totalKey":3,"totalSize":20480,"version":"3.6.0"}' ;;
  restore) mkdir "$5"; ${canRestore ? "" : "echo 'snapshot missing hash' >&2; exit 1"} ;;
esac
`,
    );
    host.play(
      "df",
      `case "$*" in
  *output=size*) echo 26214400 ;;
  *) echo $((${roomKib} - 1048576 * $(ls ${host.path("backups")} | grep -c '\\.db$'))) ;;
esac`,
    );
  }

  function run(keep = 48): { status: number | null; said: string } {
    const script = `STATE_DIRECTORY=${host.path("backups")} exec ${host.path("lib/backup-etcd.sh")} ${keep}`;
    const { status, stdout, stderr } = host.shell(["-c", script]);
    return { status, said: stdout + stderr };
  }
  const old = (count: number) => {
    for (let hour = 0; hour < count; hour += 1) {
      host.write(`backups/202601${String(10 + hour)}T000000Z.db`, "old");
    }
  };

  it("saves what etcd holds, and says of it what everybody may know", () => {
    const before = Math.floor(Date.now() / 1000);
    expect(run()).toMatchObject({ status: 0 });
    expect(saved()).toHaveLength(1);
    const [time = 0, bytes, revision, count] = newest();
    expect(time).toBeGreaterThanOrEqual(before);
    expect([bytes, revision, count]).toEqual([15, 4711, 1]);
    expect(statSync(host.path("backups/newest")).mode & 0o777).toBe(0o644);
    expect(existsSync(host.path("backups/.draft"))).toBe(false);
  });

  it("lets go of the oldest, and of no more than it must", () => {
    old(5);
    expect(run(3)).toMatchObject({ status: 0 });
    expect(saved()).toHaveLength(3);
    expect(saved().slice(0, 2)).toEqual(["20260113T000000Z.db", "20260114T000000Z.db"]);
    expect(newest()[3]).toBe(3);
  });

  it("is no backup when it cannot be restored, and those of before stay", () => {
    old(2);
    play({ canRestore: false });
    const { status, said } = run(1);
    expect(status).toBe(1);
    expect(said).toContain("no backup: what was saved cannot be restored\nsnapshot missing hash");
    expect(saved()).toHaveLength(2);
    expect(existsSync(host.path("backups/newest"))).toBe(false);
  });

  it("says why etcd could not be saved", () => {
    play({ canSave: false });
    const { status, said } = run();
    expect(status).toBe(1);
    expect(said).toContain("no backup: etcd could not be saved\nno leader");
  });

  it("gives old ones for a new one when the disk is nearly full", () => {
    old(5);
    play({ roomKib: 2_000_000 + 5 * 1_048_576 });
    expect(run()).toMatchObject({ status: 0 });
    expect(saved()).toHaveLength(5);
    expect(saved()).not.toContain("20260110T000000Z.db");
  });

  it("fills no disk: the last backup stays, and there is no new one", () => {
    old(2);
    play({ roomKib: 1_500_000 });
    const { status, said } = run();
    expect(status).toBe(1);
    expect(said).toMatch(/no backup: \S+ has -?\d+ MiB free, and \d+ are needed/);
    expect(saved()).toEqual(["20260111T000000Z.db"]);
  });

  it("saves nothing of a member that may be behind", () => {
    play({ isLearner: true });
    expect(run()).toMatchObject({ status: 0 });
    expect(saved()).toEqual([]);
  });

  it("goes on after it was cut off", () => {
    host.write("backups/.draft/snapshot.db", "half");
    expect(run()).toMatchObject({ status: 0 });
    expect(saved()).toHaveLength(1);
  });
});

describe("backups of etcd", () => {
  const isBackup = ({ name }: { name: string }) => name.endsWith("-etcd-backup");

  it("are made on every control-plane machine, as many as the stack says", async () => {
    const graph = await graphOfSpec(withMasters("master-1", "master-2", "master-3"));
    const steps = graph.ofType("command:remote:Command").filter(isBackup);
    expect(steps.map(({ name }) => name)).toEqual(
      ["master-1", "master-2", "master-3"].map((node) => `${node}-etcd-backup`),
    );
    for (const made of steps) {
      const files = Object.fromEntries(
        bundleOf(made).files.map(({ path, content }) => [path, content]),
      );
      expect(files["/etc/systemd/system/etcd-backup.timer"]).toContain("OnCalendar=hourly");
      expect(files["/etc/systemd/system/etcd-backup.service"]).toContain("User=etcd");
      expect(files["/etc/etcd/etcd-backup.env"]).toMatch(/^KEEP=48$/m);
    }
  }, 120_000);

  it("are none where the stack wants none, and the Nodes say so", async () => {
    const graph = await clusterGraph({ "hardway:backups": { enabled: false } });
    expect(graph.ofType("command:remote:Command").filter(isBackup)).toEqual([]);
    const status = graph.one("command:remote:Command", "master-1-node-status");
    expect(JSON.stringify(bundleOf(status).files)).toContain("HAS_BACKUPS=false");
  }, 120_000);
});
