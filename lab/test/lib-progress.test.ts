import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { failureText } from "../cli/failure.ts";
import { exec } from "../lib/exec.ts";
import { type PhaseContext, PhaseError } from "../lib/phase.ts";
import { plainProgress, type World } from "../lib/plain-progress.ts";
import { runPhases } from "../lib/progress.ts";
import { openRunLog, runLogPath } from "../lib/run-log.ts";

/** A world whose clock moves when told. */
class ToldWorld implements World {
  readonly lines: string[] = [];
  readonly #watchers = new Set<{
    readonly callback: () => void;
    readonly ms: number;
    dueMs: number;
  }>();
  #now = Date.UTC(2026, 10, 28, 15, 2, 11);

  readonly print = (line: string): void => void this.lines.push(line);
  readonly nowMs = (): number => this.#now;
  readonly every = (ms: number, callback: () => void): (() => void) => {
    const watcher = { callback, ms, dueMs: this.#now + ms };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };

  pass(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      this.#now += 1000;
      for (const watcher of [...this.#watchers].filter(({ dueMs }) => dueMs <= this.#now)) {
        watcher.dueMs += watcher.ms;
        watcher.callback();
      }
    }
  }
}

const phase = (title: string, work: (context: PhaseContext) => void) => ({
  title,
  run: (context: PhaseContext) =>
    Promise.resolve().then(() => {
      work(context);
    }),
});
const runIt = (
  one: { run: (context: PhaseContext) => Promise<void> },
  _: unknown,
  context: PhaseContext,
) => one.run(context);

describe("what is printed where nobody watches", () => {
  it("is a line when a step begins and when it ends, whatever it reports", async () => {
    const world = new ToldWorld();
    const steps = [
      phase("packages", ({ report, note }) => {
        for (let count = 1; count <= 250; count += 1) report(`retrieving package ${String(count)}`);
        world.pass(9);
        note("installed 14");
      }),
      phase("network", () => undefined),
    ];
    await plainProgress(steps, runIt, world);
    expect(world.lines).toEqual([
      "15:02:11 packages ...",
      "15:02:20 packages: installed 14 (9.0 s)",
      "15:02:20 network ...",
      "15:02:20 network: done (0.0 s)",
    ]);
  });

  it("is a sign of life every 15 s, with what is being done, and what all should read", async () => {
    const world = new ToldWorld();
    const work = phase("machine image", ({ report, say }) => {
      world.pass(16);
      report("retrieving package 57: libfoo");
      world.pass(15);
      report("x".repeat(300));
      world.pass(15);
      say("warning: the mirror is slow");
    });
    await plainProgress([work], runIt, world);
    expect(world.lines.slice(1)).toEqual([
      "15:02:26 machine image: at work (15 s so far)",
      "15:02:41 machine image: retrieving package 57: libfoo (30 s so far)",
      `15:02:56 machine image: ${"x".repeat(139)}… (45 s so far)`,
      "15:02:57 machine image: warning: the mirror is slow",
      "15:02:57 machine image: done (46 s)",
    ]);
  });

  it("ends when those beside a failed one have ended, and begins no other", async () => {
    const world = new ToldWorld();
    const fails = phase("machine image", () => {
      throw new Error("no space left");
    });
    const beside = {
      title: "tools",
      parallel: [
        fails,
        phase("Pulumi CLI", () => {
          world.pass(20);
        }),
      ],
    };
    const run = plainProgress([beside, phase("artifacts", () => undefined)], runIt, world);
    await expect(run).rejects.toThrow("no space left");
    expect(world.lines).toContainEqual(expect.stringMatching(/machine image: FAILED/));
    expect(world.lines.at(-1)).toBe("15:02:31 Pulumi CLI: done (20 s)");
  });
});

test("a command gets the caller's environment as well, unless its own is the whole of it", async () => {
  const print = ["-c", "echo ${PATH:+path} $MINE"];
  const env = { MINE: "mine" };
  expect((await exec("sh", print, { env })).stdout).toBe("path mine\n");
  const whole = await exec("env", [], { env, isWholeEnv: true });
  expect(whole.stdout).toBe("MINE=mine\n");
});

describe("a run", () => {
  const dir = mkdtempSync(join(tmpdir(), "hardway-log-"));
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it("writes all down, and says which step failed, why and what to type", async () => {
    const log = join(dir, "logs", "up-dev.log");
    openRunLog(log);
    const script = "echo one; echo two; echo 'E: no such package' >&2; exit 100";
    const work = {
      title: "system packages",
      run: async ({ report }: PhaseContext) => {
        report("installing nftables");
        await exec("sh", ["-c", script], {
          onLine: (line) => {
            if (line === "two") report(line);
          },
        });
      },
    };
    const failure: unknown = await runPhases([work], { silent: true }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(PhaseError);
    const text = failureText("up", failure, runLogPath());
    expect(text).toMatch(/^system packages: failed after \d/);
    expect(text).toContain("E: no such package");
    expect(text).toContain("then npm run up goes on where it was; npm run down takes it all down.");
    expect(text).toContain(`The whole log: ${log}`);
    for (const line of ["installing nftables", "  one", "E: no such package", "failed after"]) {
      expect(readFileSync(log, "utf8")).toContain(line);
    }
  });

  it("that fails before its first step needs no more than its reason", () => {
    expect(failureText("kubectl", new Error("lab dev: not running; run npm run up"), null)).toBe(
      "lab dev: not running; run npm run up",
    );
  });
});
