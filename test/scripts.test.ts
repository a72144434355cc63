import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundle } from "../components/lib/bundle.ts";
import { owner, ScriptHost } from "./support/scripts.ts";

/*
 * Runs the scripts as they are, but for the directories they use, which are below a temporary one, and for systemctl,
 * journalctl and curl, which are played. Does not prove that systemd does what it is told: the lab does.
 */
let host: ScriptHost;
const path = (name: string) => host.path(name);
const calls = () => host.calls;
const read = (name: string) => host.read(name);
const write = (name: string, text: string) => {
  host.write(name, text);
};
const play = (program: string, script: string) => {
  host.play(program, script);
};
const run = (script: string, args: readonly string[], input: string) =>
  host.run(script, args, input);

beforeEach(() => {
  host = new ScriptHost();
  host.edit("run-unit.sh", "wait_until 90", "wait_until 1");
  play(
    "systemctl",
    `echo "$*" >> ${path("calls")}; case $1 in is-active) [ -e ${path("active")} ] ;; restart|start) touch ${path("active")} ;; esac`,
  );
  play("journalctl", 'echo "the last words of the service"');
});
afterEach(() => {
  host[Symbol.dispose]();
});

const unitBundle = (content: string) =>
  bundle({ files: [{ path: path("etc/demo.conf"), content, owner }] });

describe("run-unit.sh", () => {
  const runUnit = (content: string, health = "-") =>
    run("run-unit.sh", ["demo.service", health], unitBundle(content));

  it("writes the files, starts the unit and enables it", () => {
    expect(runUnit("one").status).toBe(0);
    expect(readFileSync(path("etc/demo.conf"), "utf8")).toBe("one\n");
    expect(calls()).toContain("enable --quiet demo.service");
    expect(calls()).toContain("restart demo.service");
  });

  it("does not restart a unit whose bundle is the same", () => {
    runUnit("one");
    rmSync(path("calls"));
    expect(runUnit("one").status).toBe(0);
    expect(calls()).not.toContain("restart");
  });

  it("restarts it when one line changed", () => {
    runUnit("one");
    rmSync(path("calls"));
    runUnit("two");
    expect(calls()).toContain("restart demo.service");
  });

  it("restarts it again when the last try did not end healthy, though the files are there", () => {
    play("curl", "exit 22");
    expect(runUnit("one", "http://127.0.0.1:1/health").status).not.toBe(0);
    play("curl", "exit 0");
    rmSync(path("calls"));
    expect(runUnit("one", "http://127.0.0.1:1/health").status).toBe(0);
    expect(calls()).toContain("restart demo.service");
  });

  it("undoes a change that does not become healthy, and tries it again when it is asked for again", () => {
    const url = "http://127.0.0.1:1/health";
    play("curl", `grep -q one ${path("etc/demo.conf")}`);
    expect(runUnit("one", url).status).toBe(0);
    rmSync(path("calls"));
    const failed = runUnit("two", url);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain("demo.service to be healthy");
    expect(failed.stderr).toContain("demo.service runs as it did before this change");
    expect(readFileSync(path("etc/demo.conf"), "utf8")).toBe("one\n");
    expect(calls().match(/^restart/gm)).toHaveLength(2);
    play("curl", "exit 0");
    expect(runUnit("two", url).status).toBe(0);
    expect(readFileSync(path("etc/demo.conf"), "utf8")).toBe("two\n");
  });

  it("starts a unit that is down, without a restart", () => {
    runUnit("one");
    rmSync(path("active"));
    rmSync(path("calls"));
    expect(runUnit("one").status).toBe(0);
    expect(calls()).toMatch(/^start demo.service$/m);
    expect(calls()).not.toMatch(/^restart/m);
  });

  it("fails in bounded time, saying what it waited for and what the unit said last", () => {
    play("curl", "exit 22");
    const { status, stderr } = runUnit("one", "http://127.0.0.1:1/health");
    expect(status).toBe(1);
    expect(stderr).toContain("demo.service to be healthy (http://127.0.0.1:1/health)");
    expect(stderr).toContain("the last words of the service");
  });
});

describe("run-unit.sh, where a restart may do harm", () => {
  const runUnit = (content: string) =>
    run("run-unit.sh", ["demo.service", "-"], unitBundle(content));
  const guard = (script: string) => {
    write("lib/may-restart-demo.sh", `#!/bin/sh\n${script}\n`);
  };

  it("changes nothing when it is refused, and says why", () => {
    guard("echo two of three are away >&2; exit 1");
    // a first start disturbs nobody
    expect(runUnit("one").status).toBe(0);
    rmSync(path("calls"));
    const { status, stderr } = runUnit("two");
    expect(status).not.toBe(0);
    expect(stderr).toContain("two of three are away");
    expect(calls()).not.toContain("restart");
    expect(readFileSync(path("etc/demo.conf"), "utf8")).toBe("one\n");
    guard("exit 0");
    expect(runUnit("two").status).toBe(0);
    expect(calls()).toContain("restart demo.service");
  });
});

describe("run-unit.sh, with what the unit takes over when it reloads", () => {
  const file = (name: string, content: string) => ({ path: path(`etc/${name}`), content, owner });
  const runUnit = (unit: string, servers: string, because = "CA 1") => {
    rmSync(path("calls"), { force: true });
    const onReload = { files: [file("servers", servers)], because: [because] };
    const text = bundle({ files: [file("unit", unit)], onReload });
    return run("run-unit.sh", ["demo.service", "-"], text);
  };
  const done = () => calls().match(/^(?:re)?(?:start|load\S*) .*$/gm);

  it("reloads it when nothing else changed", () => {
    expect(runUnit("a", "one").status).toBe(0);
    expect(done()).toEqual(["restart demo.service"]);
    expect(runUnit("a", "two").status).toBe(0);
    expect(done()).toEqual(["reload-or-restart demo.service"]);
    expect(read("etc/servers")).toBe("two\n");
    runUnit("a", "two", "CA 2");
    expect(done()).toEqual(["reload-or-restart demo.service"]);
    runUnit("a", "two", "CA 2");
    expect(done()).toBeNull();
  });

  it("restarts it when something else changed too", () => {
    runUnit("a", "one");
    runUnit("b", "two");
    expect(done()).toEqual(["restart demo.service"]);
  });

  it("puts back what it refuses, fails with its words and does not disturb what runs", () => {
    runUnit("a", "one");
    const refuses = path("refuses");
    play(
      "systemctl",
      `echo "$*" >> ${path("calls")}; case $1 in reload-or-restart) ! [ -e ${refuses} ] ;; esac`,
    );
    write("refuses", "");
    const { status, stderr } = runUnit("a", "no servers");
    expect(status).toBe(1);
    expect(stderr).toContain("the last words of the service");
    expect(stderr).toContain("demo.service runs as it did before this change");
    expect(read("etc/servers")).toBe("one\n");
    expect(done()).toEqual(["reload-or-restart demo.service"]);
    rmSync(refuses);
    expect(runUnit("a", "two").status).toBe(0);
    expect(done()).toEqual(["reload-or-restart demo.service"]);
  });

  it("restarts it when a run before was cut off: nobody knows what it runs with", () => {
    runUnit("a", "one");
    play("systemctl", `echo "$*" >> ${path("calls")}; [ "$1" != restart ] || kill -9 $PPID`);
    expect(runUnit("b", "one").status).not.toBe(0);
    play("systemctl", `echo "$*" >> ${path("calls")}`);
    runUnit("a", "two");
    expect(done()).toEqual(["restart demo.service"]);
  });
});

describe("run-unit.sh, with a timer", () => {
  const runTimer = (subState: string) => {
    play("systemctl", `echo "$*" >> ${path("calls")}; case $1 in show) echo ${subState} ;; esac`);
    return run("run-unit.sh", ["demo.timer", "-"], unitBundle("daily"));
  };

  it("enables and starts it, and is done when it has a next time", () => {
    expect(runTimer("waiting").status).toBe(0);
    expect(calls()).toContain("enable --quiet demo.timer");
    expect(calls()).toContain("restart demo.timer");
  });

  it("is content with one whose service runs just now", () => {
    expect(runTimer("running").status).toBe(0);
  });

  it("fails on one that will never fire", () => {
    const { status, stderr } = runTimer("elapsed");
    expect(status).toBe(1);
    expect(stderr).toContain("demo.timer to be healthy");
  });
});

describe("run-unit.sh, with a check that is a program", () => {
  const runChecked = (check: string) => {
    write("lib/check.sh", `#!/bin/sh\necho "$*" > ${path("asked")}\n${check}\n`);
    const command = [path("lib/check.sh"), "https://api", "worker-1"];
    return run("run-unit.sh", ["demo.service", ...command], unitBundle("one"));
  };

  it("is done when it succeeds, with its arguments", () => {
    expect(runChecked("exit 0").status).toBe(0);
    expect(readFileSync(path("asked"), "utf8")).toBe("https://api worker-1\n");
  });

  it("fails when it does not, and says which it was", () => {
    const { status, stderr } = runChecked("echo it is not Ready >&2; exit 1");
    expect(status).toBe(1);
    expect(stderr).toContain("it is not Ready");
    expect(stderr).toContain(`(${path("lib/check.sh")} https://api worker-1)`);
  });
});

describe("put-files.sh", () => {
  const put = (mode: "0600" | "0644", content = "key") =>
    run(
      "put-files.sh",
      [],
      bundle({ files: [{ path: path("etc/pki/a.key"), content, mode, owner }] }),
    );

  it("gives a file its mode, and lets others pass its directory", () => {
    expect(put("0600").status).toBe(0);
    expect(statSync(path("etc/pki/a.key")).mode & 0o777).toBe(0o600);
    expect(statSync(path("etc/pki")).mode & 0o777).toBe(0o755);
  });

  it("mends a mode that somebody changed", () => {
    put("0600");
    chmodSync(path("etc/pki/a.key"), 0o644);
    put("0600");
    expect(statSync(path("etc/pki/a.key")).mode & 0o777).toBe(0o600);
  });

  it("leaves no temporary file, secret or not", () => {
    put("0600");
    put("0600", "another");
    expect(readdirSync(path("etc/pki"))).toEqual(["a.key"]);
    expect(readdirSync(path("run"))).toEqual([]);
  });

  it("fails on what it does not know", () => {
    const { status, stderr } = run("put-files.sh", [], ">>> chmod /etc/passwd\n>>> end\n");
    expect(status).not.toBe(0);
    expect(stderr).toContain("unknown entry chmod");
  });
});

describe("every script", () => {
  it.skipIf(spawnSync("shellcheck", ["--version"]).status !== 0)("passes shellcheck", () => {
    const files = readdirSync(new URL("../assets/scripts", import.meta.url)).map(
      (name) => `assets/scripts/${name}`,
    );
    const result = spawnSync("shellcheck", ["--shell", "sh", ...files], { encoding: "utf8" });
    expect(result.stdout).toBe("");
  });
});
