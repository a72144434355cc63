import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundle } from "../../components/lib/bundle.ts";
import { owner, ScriptHost } from "../support/scripts.ts";

interface Member {
  readonly name: string;
  readonly address: string;
  readonly isLearner?: boolean;
  readonly isUnstarted?: boolean;
}

const masters = [1, 2, 3, 4].map((n) => ({ name: `master-${n}`, address: `10.10.0.1${n}` }));
const [first, second, third, fourth] = masters as [Member, Member, Member, Member];

/**
 * One machine's scripts among etcd members that are played: a list that `member add`, `remove` and `promote` change, and
 * addresses that answer. Does not prove what etcd itself allows: the e2e does.
 */
describe("on a machine of the control plane", () => {
  let host: ScriptHost;
  beforeEach(() => {
    host = new ScriptHost();
    mkdirSync(host.path("etc/etcd"));
    mkdirSync(host.path("state"));
    for (const script of ["join-etcd.sh", "promote-etcd.sh", "keep-etcd-members.sh"]) {
      host.edit(script, "wait_until 60", "wait_until 0");
    }
    host.edit("may-restart-etcd.sh", "wait_until 30", "wait_until 0");
    host.write(
      "usr-bin/etcdctl",
      `#!/bin/sh
list=${host.path("members")} state=${host.path("promoted")}
while [ "\${1#--}" != "$1" ] || [ "$1" = member ]; do shift; done
case $1 in
  list) cat "$list" ;;
  remove) echo "remove $2" >> "$calls"; grep -v "^$2," "$list" > "$list.new"; mv "$list.new" "$list" ;;
  add) echo "add $2 $3 $4" >> "$calls"; echo "id-new, unstarted, , \${4#--peer-urls=}, , true" >> "$list" ;;
  promote) echo "promote $2" >> "$calls"; : > "$state" ;;
esac
`,
    );
    play({ living: masters });
  });
  afterEach(() => {
    host[Symbol.dispose]();
  });

  /** What curl hears: of members whether they answer with a quorum, of this machine's own etcd whether it is a learner. */
  function play({
    living,
    running = [],
    isLearner = false,
  }: {
    living: readonly Member[];
    /** Those that run and have no quorum. */
    running?: readonly Member[];
    isLearner?: boolean;
  }) {
    const at = (members: readonly Member[]) =>
      members.map(({ address }) => `*//${address}:2379/*`).join(" | ") || "none";
    host.play(
      "curl",
      `for it; do :; done
case $it in
  ${at(living)}) ;;
  ${at(running)}) case $* in *--fail*) exit 22 ;; esac ;;
  *readyz*) ${isLearner ? `[ -e ${host.path("promoted")} ] || echo '[-]non_learner failed'` : ":"} ;;
  *) exit 7 ;;
esac`,
    );
  }
  function given(me: Member, wanted: readonly Member[], members: readonly Member[]) {
    host.write(
      "etc/etcd/etcd.env",
      `MEMBER_NAME=${me.name}\nPRIVATE_IP=${me.address}\nCLUSTER_NAME=prod\n`,
    );
    host.write("etc/etcd/members", wanted.map((it) => `${it.name} ${it.address}\n`).join(""));
    const rows = members.map(({ name, address, isLearner = false, isUnstarted = false }) =>
      [
        `id-${address.slice(-1)}`,
        isUnstarted ? "unstarted" : "started",
        isUnstarted ? "" : name,
        `https://${address}:2380`,
        isUnstarted ? "" : `https://${address}:2379`,
        String(isLearner),
      ].join(", "),
    );
    writeFileSync(host.path("members"), rows.map((row) => `${row}\n`).join(""));
  }
  const urlOf = ({ name, address }: Member) => `${name}=https://${address}:2380`;
  const startsAs = () => host.read("run/work/etcd-join.env").trim().split("\n");
  const permit = (founders: readonly Member[]) => {
    writeFileSync(host.path("state/etcd-founders"), `${founders.map(urlOf).join(",")}\n`);
  };

  describe("join-etcd.sh", () => {
    const three = [first, second, third];

    it("goes on with the data that is there, whoever else is there", () => {
      given(first, three, three);
      mkdirSync(host.path("etcd/member/wal"), { recursive: true });
      play({ living: [] });
      expect(host.run("join-etcd.sh").status).toBe(0);
      expect(startsAs()).toEqual([
        "INITIAL_CLUSTER_STATE=existing",
        `INITIAL_CLUSTER=${urlOf(first)}`,
      ]);
      expect(host.calls).toBe("");
    });

    it("begins a new cluster where it may, also as the last of the founders", () => {
      const begun = ["INITIAL_CLUSTER_STATE=new", `INITIAL_CLUSTER=${three.map(urlOf).join(",")}`];
      given(third, three, []);
      permit(three);
      play({ living: [] });
      expect(host.run("join-etcd.sh").status).toBe(0);
      expect(startsAs()).toEqual(begun);
      given(third, three, three);
      play({ living: [first, second] });
      expect(host.run("join-etcd.sh").status).toBe(0);
      expect(startsAs()).toEqual(begun);
      expect(host.calls).toBe("");
    });

    it("never begins one on a machine that has lost its data", () => {
      given(first, [first], []);
      play({ living: [] });
      const { status, stderr } = host.run("join-etcd.sh");
      expect(status).toBe(1);
      expect(stderr).toContain("master-1 has no data, and there is no other member");
      expect(existsSync(host.path("run/work/etcd-join.env"))).toBe(false);
    });

    describe("where the data of all is said to be lost", () => {
      const utl = (restore: string) => {
        host.play("chown", "");
        host.write("usr-bin/etcdutl", `#!/bin/sh\necho "$*" >> "$calls"\n${restore}\n`);
      };

      it("begins alone, with nothing, though others are wanted", () => {
        given(first, three, []);
        permit([first]);
        play({ living: [] });
        expect(host.run("join-etcd.sh").status).toBe(0);
        expect(startsAs()).toEqual([
          "INITIAL_CLUSTER_STATE=new",
          `INITIAL_CLUSTER=${urlOf(first)}`,
        ]);
      });

      it("begins nothing beside a member that runs: with a quorum it is joined, without one it is named", () => {
        given(first, three, three);
        permit([first]);
        play({ living: [second, third] });
        expect(host.run("join-etcd.sh").status).toBe(0);
        expect(startsAs()[0]).toBe("INITIAL_CLUSTER_STATE=existing");
        rmSync(host.path("run/work/etcd-join.env"));
        play({ living: [], running: [second] });
        const { status, stderr } = host.run("join-etcd.sh");
        expect(status).toBe(1);
        expect(stderr).toContain("master-2 (10.10.0.12) does not answer, or too few members do");
        expect(existsSync(host.path("run/work/etcd-join.env"))).toBe(false);
      });

      it("begins with the snapshot where one is to be brought, far above every revision that was given out", () => {
        given(first, three, []);
        permit([first]);
        mkdirSync(host.path("state/restore"));
        play({ living: [] });
        utl('mkdir -p "$5/member/wal" && echo restored > "$5/member/wal/new"');
        expect(host.run("join-etcd.sh").status).toBe(0);
        expect(host.calls).toContain(`snapshot restore ${host.path("state/restore/etcd.db")} `);
        expect(host.calls).toContain("--bump-revision 1000000000 --mark-compacted");
        expect(host.read("etcd/member/wal/new")).toBe("restored\n");
        expect(startsAs()).toEqual([
          "INITIAL_CLUSTER_STATE=existing",
          `INITIAL_CLUSTER=${urlOf(first)}`,
        ]);
      });

      it("never begins with nothing where the snapshot is not good", () => {
        given(first, three, []);
        permit([first]);
        mkdirSync(host.path("state/restore"));
        play({ living: [] });
        utl("echo 'expected sha256 …'; exit 1");
        const { status, stderr } = host.run("join-etcd.sh");
        expect(status).toBe(1);
        expect(stderr).toContain("the snapshot cannot be restored: expected sha256 …");
        expect(existsSync(host.path("run/work/etcd-join.env"))).toBe(false);
        expect(existsSync(host.path("etcd/member"))).toBe(false);
      });
    });

    it("joins the others as a learner", () => {
      given(second, three, [first]);
      expect(host.run("join-etcd.sh").status).toBe(0);
      expect(host.calls).toBe("add master-2 --learner --peer-urls=https://10.10.0.12:2380\n");
      expect(startsAs()).toEqual([
        "INITIAL_CLUSTER_STATE=existing",
        `INITIAL_CLUSTER=${urlOf(first)},${urlOf(second)}`,
      ]);
    });

    it("goes on where it was cut off between being added and its start", () => {
      given(second, three, [first, { ...second, isLearner: true, isUnstarted: true }]);
      expect(host.run("join-etcd.sh").status).toBe(0);
      expect(host.calls).toBe("");
      expect(startsAs()[1]).toBe(`INITIAL_CLUSTER=${urlOf(first)},${urlOf(second)}`);
    });

    it("first takes out what it was before it lost its disk, at the same address or another", () => {
      for (const before of [second, { ...second, address: "10.10.0.19" }]) {
        given(second, three, [first, before, third]);
        expect(host.run("join-etcd.sh").status).toBe(0);
        expect(host.calls).toBe(
          `remove id-${before.address.slice(-1)}\nadd master-2 --learner --peer-urls=https://10.10.0.12:2380\n`,
        );
        host.forgetCalls();
      }
    });

    it("takes the place of a dead machine that the stack no longer wants, and of no living one", () => {
      const wanted = [first, second, fourth];
      given(fourth, wanted, three);
      play({ living: [first, second] });
      expect(host.run("join-etcd.sh").status).toBe(0);
      expect(host.calls).toMatch(/^remove id-3\nadd master-4 /);
      host.forgetCalls();
      given(fourth, wanted, three);
      play({ living: three });
      expect(host.run("join-etcd.sh").status).toBe(0);
      expect(host.calls).toMatch(/^add master-4 /);
    });

    it("names the machine that is in its way", () => {
      given(fourth, masters, three);
      play({ living: [first, second] });
      // as etcd does while a voter is away
      host.write(
        "usr-bin/etcdctl",
        `#!/bin/sh\ncase $* in *list*) cat ${host.path("members")} ;; *) echo "unhealthy cluster" >&2; exit 1 ;; esac\n`,
      );
      const { status, stderr } = host.run("join-etcd.sh");
      expect(status).toBe(1);
      expect(stderr).toContain("unhealthy cluster");
      expect(stderr).toContain("master-3 (10.10.0.13) does not answer");
      expect(stderr).not.toContain("master-2 (");
    });
  });

  describe("promote-etcd.sh", () => {
    it("makes a learner a voter, and takes the permit for a new cluster away, and what it would begin with", () => {
      given(second, [first, second], [first, { ...second, isLearner: true }]);
      permit([first, second]);
      mkdirSync(host.path("state/restore"));
      play({ living: [first], isLearner: true });
      expect(host.run("promote-etcd.sh").status).toBe(0);
      expect(host.calls).toBe("promote id-2\n");
      expect(existsSync(host.path("state/etcd-founders"))).toBe(false);
      expect(existsSync(host.path("state/restore"))).toBe(false);
    });

    it("asks nobody about a voter", () => {
      given(second, [first, second], [first, second]);
      expect(host.run("promote-etcd.sh").status).toBe(0);
      expect(host.calls).toBe("");
    });
  });

  describe("permit-etcd.sh", () => {
    const give = (...args: readonly string[]) => {
      const path = host.path("state/etcd-founders");
      const files = [{ path, content: urlOf(first), owner }];
      return host.run("permit-etcd.sh", args, bundle({ files }));
    };
    const restore = () => host.path("state/restore");

    it("lets a machine without data begin, with a snapshot only when one is to come, which is for one user alone", () => {
      expect(give(userInfo().username).status).toBe(0);
      expect(host.read("state/etcd-founders")).toBe(`${urlOf(first)}\n`);
      expect(statSync(restore()).mode & 0o777).toBe(0o700);
      writeFileSync(join(restore(), "etcd.db"), "of a try before");
      expect(give().status).toBe(0);
      expect(existsSync(restore())).toBe(false);
    });

    it("refuses one that has its data", () => {
      mkdirSync(host.path("etcd/member/wal"), { recursive: true });
      const { status, stderr } = give("root");
      expect(status).toBe(1);
      expect(stderr).toContain(
        "etcd's data is here, so nothing was changed: take etcd.generation back",
      );
      expect(existsSync(host.path("state/etcd-founders"))).toBe(false);
      expect(existsSync(restore())).toBe(false);
    });
  });

  describe("leave-etcd.sh", () => {
    const ended = (code: string, status: string) => {
      host.forgetCalls();
      host.play("systemctl", 'echo "$*" >> "$calls"');
      const script = `EXIT_CODE=${code} EXIT_STATUS=${status} sh ${host.path("lib/leave-etcd.sh")}`;
      expect(host.shell(["-c", script]).status).toBe(0);
      return host.calls;
    };

    it("lets the API server go with a member that was taken out, and with no other end", () => {
      expect(ended("exited", "0")).toMatch(
        /^stop .*kube-apiserver.*\nkill .*KILL kube-apiserver\n$/,
      );
      for (const [code, status] of [
        ["killed", "TERM"],
        ["exited", "1"],
        ["dumped", "ABRT"],
      ] as const) {
        expect(ended(code, status)).toBe("");
      }
    });
  });

  describe("may-restart-etcd.sh", () => {
    const three = [first, second, third];

    it("allows what leaves a quorum, and a cluster of one", () => {
      given(first, three, three);
      expect(host.run("may-restart-etcd.sh").status).toBe(0);
      given(first, [first], [first]);
      expect(host.run("may-restart-etcd.sh").status).toBe(0);
    });

    it("allows it to one of two that are both there, as after an up that was cut off between one and three", () => {
      given(second, three, [first, second]);
      expect(host.run("may-restart-etcd.sh").status).toBe(0);
    });

    it("refuses what would leave none, with the numbers and the machine", () => {
      given(first, three, three);
      play({ living: [first, second] });
      const { status, stderr } = host.run("may-restart-etcd.sh");
      expect(status).toBe(1);
      expect(stderr).toContain("has 3 voting members and needs 2 of them to write");
      expect(stderr).toContain("besides master-1 only 1 answer, not master-3");
    });

    it("allows it where nobody can write anyway", () => {
      given(first, three, three);
      play({ living: [] });
      expect(host.run("may-restart-etcd.sh").status).toBe(0);
    });
  });

  describe("keep-etcd-members.sh", () => {
    const listOf = (...wanted: readonly Member[]) => {
      const content = wanted.map((it) => `${it.name} ${it.address}\n`).join("");
      return bundle({ files: [{ path: "/etc/etcd/members", content }] });
    };
    const keep = (...wanted: readonly Member[]) =>
      host.run("keep-etcd-members.sh", [], listOf(...wanted));

    it("takes out whoever is not wanted, dead, alive or never started", () => {
      const lost = { name: "", address: "10.10.0.15", isLearner: true, isUnstarted: true };
      given(first, [first, second], [first, second, third, lost]);
      play({ living: [first, second] });
      expect(keep(first).status).toBe(0);
      expect(host.calls).toBe("remove id-2\nremove id-3\nremove id-5\n");
      host.forgetCalls();
      expect(keep(first).status).toBe(0);
      expect(host.calls).toBe("");
    });

    it("takes out nobody when the list was cut off on the way", () => {
      given(first, [first, second], [first, second]);
      const whole = listOf(first, second);
      for (const end of [0, whole.indexOf("master-2"), whole.indexOf(">>> end")]) {
        expect(host.run("keep-etcd-members.sh", [], whole.slice(0, end)).status).toBe(1);
      }
      expect(host.calls).toBe("");
    });
  });
});
