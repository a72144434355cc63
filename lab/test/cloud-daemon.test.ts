import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimPidFile, fileLog, runningPid } from "../cloud/daemon.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hardway-daemon-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe("the daemon's place", () => {
  it("is free after a process that is gone, or that is another program by now", () => {
    const path = join(dir, "labd.pid");
    for (const text of ["", "999999999\n", "1\n", "nonsense"]) {
      writeFileSync(path, text);
      const release = claimPidFile(path, "lab/cloud/no-such-program.ts");
      expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`);
      release();
      expect(() => readFileSync(path)).toThrow();
    }
  });

  it("is taken while one of its kind runs", async () => {
    const path = join(dir, "labd.pid");
    const program = `tag-${process.pid}`;
    const child = spawn("sh", ["-c", "read line", program], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    await once(child, "spawn");
    writeFileSync(path, `${child.pid}\n`);
    expect(runningPid(path, program)).toBe(child.pid);
    expect(() => claimPidFile(path, program)).toThrow(`already running as process ${child.pid}`);
    child.stdin.end();
    await once(child, "exit");
    expect(runningPid(path, program)).toBeNull();
  });
});

describe("the daemon's log", () => {
  it("has one line with its time for each entry", () => {
    const path = join(dir, "labd.log");
    const log = fileLog(path);
    log("one");
    log("two");
    expect(readFileSync(path, "utf8")).toMatch(/^\d{4}-\S+Z one\n\d{4}-\S+Z two\n$/);
  });
});
