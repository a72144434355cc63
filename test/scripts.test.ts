import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAsset } from "../components/lib/assets.ts";
import { bundle } from "../components/lib/bundle.ts";

/*
 * Runs the scripts as they are, but for the directories they use, which are below a temporary one, and for systemctl,
 * journalctl and curl, which are played. Does not prove that systemd does what it is told: the lab does.
 */
let root: string;
const scripts = ["lib.sh", "run-unit.sh", "put-files.sh", "fetch-binaries.sh"];
const owner = execFileSync("sh", ["-c", "echo $(id -un):$(id -gn)"], { encoding: "utf8" }).trim();
const path = (name: string) => join(root, name);
const calls = () => (existsSync(path("calls")) ? readFileSync(path("calls"), "utf8") : "");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hardway-scripts-"));
  for (const dir of ["bin", "lib", "run", "opt"]) mkdirSync(path(dir));
  for (const script of scripts) {
    const text = readAsset(`scripts/${script}`)
      .replaceAll("/usr/local/lib/hardway", path("lib"))
      .replaceAll("/var/lib/hardway", path("state"))
      .replaceAll("/run/hardway", path("run/work"))
      .replaceAll("/opt/hardway", path("opt/hardway"))
      .replaceAll("root:root", owner)
      .replace("wait_until 90", "wait_until 1");
    write(`lib/${script}`, text);
  }
  play(
    "systemctl",
    `echo "$*" >> ${path("calls")}; case $1 in is-active) [ -e ${path("active")} ] ;; restart|start) touch ${path("active")} ;; esac`,
  );
  play("journalctl", 'echo "the last words of the service"');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  writeFileSync(path(name), text);
  chmodSync(path(name), 0o755);
}

/** Puts a program of this name before the real one. */
function play(program: string, script: string): void {
  write(`bin/${program}`, `#!/bin/sh\n${script}\n`);
}

function run(script: string, args: readonly string[], input: string) {
  const env = { ...process.env, PATH: `${path("bin")}:${process.env["PATH"] ?? ""}` };
  return spawnSync(path(`lib/${script}`), args, { input, env, encoding: "utf8" });
}

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
    const { status, stderr } = run("put-files.sh", [], ">>> chmod /etc/passwd\n");
    expect(status).not.toBe(0);
    expect(stderr).toContain("unknown entry chmod");
  });
});

describe("fetch-binaries.sh", () => {
  const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  const fetch = (line: string) => run("fetch-binaries.sh", [], `${line}\n`);

  it("fetches a program, checks it and makes it executable", () => {
    writeFileSync(path("tool"), "#!/bin/sh\n");
    const dir = path("opt/hardway/tool-1");
    expect(fetch(`${dir} ${sha256(path("tool"))} file://${path("tool")} mytool`).status).toBe(0);
    expect(statSync(join(dir, "mytool")).mode & 0o777).toBe(0o755);
  });

  it("takes the named programs out of an archive", () => {
    mkdirSync(path("pack/bin"), { recursive: true });
    writeFileSync(path("pack/bin/tool"), "tool");
    execFileSync("tar", ["-czf", path("pack.tgz"), "-C", path("pack"), "bin"]);
    const dir = path("opt/hardway/pack-1");
    const line = `${dir} ${sha256(path("pack.tgz"))} file://${path("pack.tgz")} tool=bin/tool`;
    expect(fetch(line).status).toBe(0);
    expect(readdirSync(dir)).toEqual(["tool"]);
  });

  it("fails on a wrong checksum, with both, and leaves nothing to be used", () => {
    writeFileSync(path("tool"), "other");
    const dir = path("opt/hardway/tool-1");
    const { status, stderr } = fetch(`${dir} ${"0".repeat(64)} file://${path("tool")} tool`);
    expect(status).not.toBe(0);
    expect(stderr).toContain(`wrong sha256, got ${sha256(path("tool"))}, want ${"0".repeat(64)}`);
    expect(readdirSync(path("opt/hardway"))).toEqual([]);
  });

  it("does not fetch again what is there", () => {
    writeFileSync(path("tool"), "#!/bin/sh\n");
    const line = `${path("opt/hardway/tool-1")} ${sha256(path("tool"))} file://${path("tool")} tool`;
    fetch(line);
    rmSync(path("tool"));
    expect(fetch(line).status).toBe(0);
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
