import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exec } from "../lib/exec.ts";
import {
  hostPackages,
  hostPrograms,
  labPrograms,
  missingPrograms,
  ownProgram,
  programPath,
  usersPrograms,
} from "../lib/host-programs.ts";
import { projectDir } from "../lib/paths.ts";
import { programsOfScript, programsRun } from "./support/programs-run.ts";

const filesOf = (dir: string, ending: string): readonly string[] =>
  readdirSync(join(projectDir, dir), { recursive: true, encoding: "utf8" })
    .map((name) => join(dir, name))
    .filter((path) => path.endsWith(ending) && !/node_modules|lab\/(plugins\/)?test\//.test(path));
const read = (path: string): string => readFileSync(join(projectDir, path), "utf8");

/** Run inside the machines' image. */
const inImage = [/^lab\/machines\/rootfs/];
const known: readonly string[] = [...Object.keys(hostPrograms), ...usersPrograms, ...labPrograms];

const modules = [...filesOf("lab", ".ts"), ...filesOf("test/e2e", ".ts")];
const scripts = filesOf("lab", ".sh").filter(
  (path) => !inImage.some((pattern) => pattern.test(path)),
);
const uses: readonly (readonly [string, readonly string[]])[] = [
  ...modules.map((path) => [path, programsRun(read(path))] as const),
  ...scripts.map((path) => [path, programsOfScript(read(path))] as const),
];

describe("the table of the host's programs", () => {
  it("has every program that the lab runs", () => {
    const unknown = uses.flatMap(([path, names]) =>
      names.filter((name) => !known.includes(name)).map((name) => `${path}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it("has no program that nothing runs", () => {
    const used = new Set(uses.flatMap(([, names]) => names));
    expect(Object.keys(hostPrograms).filter((name) => !used.has(name))).toEqual([]);
  });

  it("leads to the packages that are installed", () => {
    expect(hostPackages).toEqual(
      expect.arrayContaining([
        "busybox-static",
        "ca-certificates",
        "debootstrap",
        "gcc",
        "nftables",
      ]),
    );
  });
});

describe("what the code is read for", () => {
  it("is the program of each call and of each declared command", () => {
    const text = `
      await exec("tar", ["--extract"]); spawn("flock", []); succeeds("unshare", [...unshared, "nft"]);
      execInLab(session, [...["kubectl", "get"], ...more]); runInPlace([node, "x"]);
      const command: Command = ["debootstrap", suite];
      function enter(): Command { return ["sh", "-c", text]; }
      pattern.exec("not a program");
      exec(ownProgram(join(dir, "pulumi")), ["version"]);`;
    expect(programsRun(text)).toEqual([
      ...["tar", "flock", "unshare", "kubectl", "debootstrap", "sh"],
    ]);
  });

  it("is the first word of each command of a script", () => {
    const script = `#!/bin/sh
# comment: wget
name=$(basename "$1") && [ -e "$name" ] || curl -f "$(hostname)/x" | tee -a "a; b"
helper() { # cat
  while read -r line; do LANG=C sort "$line"; done <file >&2
}
if ! command -v gpg >/dev/null; then helper; fi
ip -batch - <<EOF
link set lo up
EOF
find . -exec stat {} + | xargs -r head -1
trap 'rm -rf x' EXIT; exec nsenter --net=x \\
  ls`;
    expect(programsOfScript(script)).toEqual(
      "basename curl find head hostname ip nsenter sort stat tee xargs".split(" "),
    );
  });
});

describe("a program that is missing", () => {
  it("is named with the package that brings it", async () => {
    const empty = mkdtempSync(join(tmpdir(), "hardway-path-"));
    writeFileSync(join(empty, "nft"), "not executable", { mode: 0o644 });
    expect(missingPrograms(empty)).toHaveLength(Object.keys(hostPrograms).length);
    expect(missingPrograms(empty)).toContain(
      "busybox: not found; Debian's package busybox-static brings it: apt-get install --reinstall busybox-static",
    );
    expect(programPath("sh")).toMatch(/^\/.*\/sh$/);
    const before = process.env["PATH"];
    process.env["PATH"] = empty;
    try {
      await expect(exec("debootstrap", ["--version"])).rejects.toThrow(
        /not found; Debian's package debootstrap brings it/,
      );
    } finally {
      process.env["PATH"] = before;
    }
  });

  it("is not what a directory that is gone is called", async () => {
    const gone = exec("sh", ["-c", "true"], { cwd: "/nowhere/at/all" });
    await expect(gone).rejects.toThrow(/ENOENT/);
    await expect(exec(ownProgram("/nowhere/pulumi"))).rejects.toThrow(
      "/nowhere/pulumi: not found; install it and put it on PATH",
    );
  });
});
