import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptHost } from "../support/scripts.ts";

const mib = 1_048_576;

/** A machine's scripts about the room that etcd takes, among members that are played. Does not prove what etcd does: the e2e does. */
let host: ScriptHost;

beforeEach(() => {
  host = new ScriptHost();
  mkdirSync(host.path("etc/etcd"));
});
afterEach(() => {
  host[Symbol.dispose]();
});

interface Played {
  readonly sizeMib: number;
  readonly usedMib: number;
  /** The member that leads. @default 2 */
  readonly leader?: 1 | 2;
  /** Whether member 2 answers. @default true */
  readonly otherLives?: boolean;
  /** Whether there is a member 2. @default true */
  readonly hasOther?: boolean;
  /** @default false */
  readonly isCompacted?: boolean;
}

function run(script: string, played: Played) {
  const { sizeMib, usedMib, leader = 2, otherLives = true, hasOther = true } = played;
  const { isCompacted = false } = played;
  host.write("etc/etcd/etcd.env", "PRIVATE_IP=10.10.0.11\nMEMBER_NAME=master-1\n");
  const other = hasOther ? "master-2 10.10.0.12\n" : "";
  host.write("etc/etcd/members", `master-1 10.10.0.11\n${other}`);
  host.play("curl", `case "$*" in *10.10.0.12*) ${otherLives} ;; esac`);
  host.write(
    "usr-bin/etcdctl",
    `#!/bin/sh
for word; do case $word in --endpoints=*) at=\${word#*//}; at=\${at%%:*} ;; esac; done
case "$*" in
  *status*) echo '[{"Status":{"header":{"member_id":1,"revision":77},"dbSize":${sizeMib * mib},"leader":${leader},"dbSizeInUse":${usedMib * mib}}}]' ;;
  *list*)
    echo "1, started, master-1, https://10.10.0.11:2380, https://10.10.0.11:2379, false"
    echo "2, started, master-2, https://10.10.0.12:2380, https://10.10.0.12:2379, false" ;;
  *compact*) ${isCompacted ? 'echo "required revision has been compacted" >&2; exit 1' : 'echo "compact \${*##* }" >> "$calls"'} ;;
  *defrag*) echo "defrag $at" >> "$calls" ;;
  *move-leader*) echo "move-leader \${*##* }" >> "$calls" ;;
  *disarm*) echo disarm >> "$calls" ;;
esac
`,
  );
  const { status, stdout, stderr } = host.run(script);
  return { status, stdout, stderr, calls: host.calls.split("\n").filter(Boolean) };
}

describe("after a backup, etcd's file", () => {
  const after = (played: Played) => run("defragment-etcd.sh", played);

  it.each([
    ["that is small", { sizeMib: 60, usedMib: 1 }],
    ["that is in use", { sizeMib: 900, usedMib: 500 }],
  ])("%s is left as it is", (_what, played) => {
    expect(after(played)).toMatchObject({ status: 0, calls: [] });
  });

  it("that is mostly unused is defragmented, of this member alone", () => {
    const { status, calls } = after({ sizeMib: 900, usedMib: 100 });
    expect(status).toBe(0);
    expect(calls).toEqual(["defrag 10.10.0.11"]);
  });

  it("of a member that leads is, once another does", () => {
    expect(after({ sizeMib: 900, usedMib: 100, leader: 1 }).calls).toEqual([
      "move-leader 2",
      "defrag 10.10.0.11",
    ]);
  });

  it("of a member that the others need is left as it is", () => {
    const { status, stdout, calls } = after({ sizeMib: 900, usedMib: 100, otherLives: false });
    expect(status).toBe(0);
    expect(calls).toEqual([]);
    expect(stdout).toContain("10.10.0.12 is away");
  });
});

describe("an etcd that takes no more writes", () => {
  it("gives up the past, gives its room back member after member, and writes again", () => {
    const { status, calls } = run("free-etcd-space.sh", { sizeMib: 1024, usedMib: 100 });
    expect(status).toBe(0);
    expect(calls).toEqual(["compact 77", "defrag 10.10.0.12", "defrag 10.10.0.11", "disarm"]);
  });

  it("goes on where somebody has begun", () => {
    const played = { sizeMib: 1024, usedMib: 100, hasOther: false, isCompacted: true };
    expect(run("free-etcd-space.sh", played).calls).toEqual(["defrag 10.10.0.11", "disarm"]);
  });
});
