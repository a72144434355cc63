import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptHost } from "../support/scripts.ts";

/*
 * The script as it is, with etcd's programs and systemd played. Does not prove that etcd goes on from there, nor that nobody
 * takes the past for the future: the lab does.
 */
describe("restore-etcd.sh", () => {
  let host: ScriptHost;
  const backup = () => host.path("a.db");

  beforeEach(() => {
    host = new ScriptHost();
    for (const dir of ["etc/etcd", "etcd/member/wal", "state"]) {
      mkdirSync(host.path(dir), { recursive: true });
    }
    host.write(
      "etc/etcd/etcd.env",
      "MEMBER_NAME=master-1\nPRIVATE_IP=10.10.0.11\nCLUSTER_NAME=prod\n",
    );
    host.write("etc/etcd/members", "master-1 10.10.0.11\n");
    host.write("etcd/member/wal/old", "of before");
    host.write("a.db", "saved");
    host.play("systemctl", 'echo "systemctl $*" >> "$calls"');
    host.play("chown", "");
    living();
    host.write(
      "usr-bin/etcdutl",
      `#!/bin/sh
case $2 in
  status) grep -q saved "$3" || { echo "snapshot file integrity check failed"; exit 1; } ;;
  restore) echo "$*" >> "$calls"; mkdir -p "$5/member/wal" && echo restored > "$5/member/wal/new" ;;
esac
`,
    );
    host.write("usr-bin/etcdctl", "#!/bin/sh\n");
  });
  afterEach(() => {
    host[Symbol.dispose]();
  });

  /** Members at these addresses answer, and this machine's API server. */
  function living(...addresses: readonly string[]): void {
    const pattern = ["*127.0.0.1:6443*", ...addresses.map((it) => `*//${it}:*`)].join(" | ");
    // etcd lets nobody in without a certificate, not even one who asks how it is.
    const isKnown = `case "$*" in *:2379/*) case "$*" in *--cert*) ;; *) exit 56 ;; esac ;; esac`;
    host.play(
      "curl",
      `${isKnown}\nfor it; do :; done\ncase $it in ${pattern}) ;; *) exit 7 ;; esac`,
    );
  }
  const kept = () =>
    readdirSync(host.path("."), { recursive: true, encoding: "utf8" }).filter(
      (name) => name.startsWith("state-removed") && name.endsWith("member/wal/old"),
    );

  it("puts the backup in place, as the one member of another cluster, and keeps what was there", () => {
    const { status, stdout } = host.run("restore-etcd.sh", [backup()]);
    expect(status).toBe(0);
    expect(stdout).toContain(`restored ${backup()}`);
    expect(host.read("etcd/member/wal/new")).toBe("restored\n");
    expect(kept()).toHaveLength(1);
    expect(host.calls).toContain("--initial-cluster master-1=https://10.10.0.11:2380 ");
    expect(host.calls).toMatch(
      /--initial-cluster-token prod-\d+ --bump-revision 1000000000 --mark-compacted\n/,
    );
    expect(host.calls).toMatch(/systemctl stop kube-apiserver .*etcd\n.*systemctl start etcd\n/s);
  });

  it("changes nothing for a file that is no backup", () => {
    host.write("a.db", "something");
    const { status, stderr } = host.run("restore-etcd.sh", [backup()]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /nothing was changed: \S+ is no backup: snapshot file integrity check failed/,
    );
    expect(host.calls).toBe("");
    expect(existsSync(host.path("etcd/member/wal/old"))).toBe(true);
  });

  it("changes nothing while another member runs, which would go on with what it has", () => {
    host.write("etc/etcd/members", "master-1 10.10.0.11\nmaster-2 10.10.0.12\n");
    living("10.10.0.12");
    const { status, stderr } = host.run("restore-etcd.sh", [backup()]);
    expect(status).toBe(1);
    expect(stderr).toContain("etcd at 10.10.0.12 still runs");
    expect(host.calls).toBe("");
  });

  it("has the others join the one that was restored, and not themselves", () => {
    const alone = host.run("restore-etcd.sh", ["--join"]);
    expect(alone.stderr).toContain("there is no other member to join");
    host.write("etc/etcd/members", "master-1 10.10.0.11\nmaster-2 10.10.0.12\n");
    living("10.10.0.11");
    expect(host.run("restore-etcd.sh", ["--join"]).stderr).toContain("no other member answers");
    living("10.10.0.12");
    expect(host.run("restore-etcd.sh", ["--join"]).status).toBe(0);
    expect(existsSync(host.path("etcd/member"))).toBe(false);
    expect(kept()).toHaveLength(1);
    expect(host.calls).toMatch(/^systemctl stop etcd\nsystemctl start etcd\n/);
  });
});
