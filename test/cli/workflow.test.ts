import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { marker } from "../../cli/plan/report.ts";

const dir = join(import.meta.dirname, "..", "..", ".github", "workflows");
const files = readdirSync(dir);

interface Step {
  readonly uses?: string;
  readonly id?: string;
  readonly name?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly "cancel-in-progress": boolean };
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (file: string) => parse(readFileSync(join(dir, file), "utf8")) as Workflow;
const action = parse(readFileSync(join(dir, "..", "actions", "tools", "action.yml"), "utf8")) as {
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};
const steps = [
  ...files.flatMap((file) =>
    Object.entries(read(file).jobs).map(
      ([job, { steps: own }]) => [`${file} ${job}`, own] as const,
    ),
  ),
  ["tools", action.runs.steps] as const,
].flatMap(([where, own]) => own.map((step, index) => ({ at: `${where} ${index + 1}`, step })));
const plan = read("plan.yml");
const stepNamed = (name: string) =>
  steps.find(({ step }) => step.name === name || step.id === name)?.step ?? {};

describe.each(files)("%s", (file) => {
  const workflow = read(file);
  const jobs = Object.values(workflow.jobs);

  test("never runs on an event that gives a fork's code the secrets", () => {
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(Object.keys(workflow.on)).not.toContain("workflow_run");
  });

  test("has no right that a job does not name, and no more than to read and to comment", () => {
    expect(workflow.permissions).toEqual({});
    for (const { permissions = {} } of jobs) {
      const { contents, "pull-requests": comment, ...more } = permissions;
      expect([contents, comment ?? "write"]).toEqual(["read", "write"]);
      expect(more).toEqual({});
    }
  });

  test("ends every job in time", () => {
    for (const job of jobs) expect(job["timeout-minutes"]).toBeLessThanOrEqual(30);
  });

  test("gives secrets only to jobs that no fork's code reaches, and to single steps", () => {
    for (const { if: condition = "", steps: own, env = {} } of jobs) {
      expect(JSON.stringify(env)).not.toContain("secrets.");
      if (!JSON.stringify(own).includes("secrets.")) continue;
      // These run the repository's own default branch, whoever asks.
      if (Object.keys(workflow.on).every((it) => /^(schedule|workflow_dispatch)$/.test(it)))
        continue;
      expect(condition).toContain(
        "github.event.pull_request.head.repo.full_name == github.repository",
      );
    }
  });
});

describe.each(steps)("step $at", ({ step }) => {
  test("uses no action but GitHub's own and ours", () => {
    if (step.uses === undefined) return;
    expect(step.uses).toMatch(/^actions\/checkout@v\d+$|^\.\/\.github\/actions\/tools$/);
  });

  test("leaves no token of GitHub's in the checkout", () => {
    if (step.uses?.startsWith("actions/checkout") === true) {
      expect(step.with?.["persist-credentials"]).toBe(false);
    }
  });

  test("puts nothing that somebody else wrote into a script, and prints no secret", () => {
    expect(step.run ?? "").not.toContain("${{");
    for (const name of Object.keys(step.env ?? {}).filter((key) => /TOKEN|KEY|PASS/.test(key))) {
      expect(step.run).not.toMatch(new RegExp(`(echo|printf|cat|tee).*\\$\\{?${name}`));
    }
    expect(step.run ?? "").not.toMatch(/set -x|--show-secrets|\benv$/m);
  });

  test("is a script that shellcheck likes, where there is one", () => {
    if (step.run === undefined || spawnSync("shellcheck", ["--version"]).error !== undefined)
      return;
    // SC2086: flags without spaces in them, which may be none at all. SC2016: jq and Markdown, in single quotes on purpose.
    const args = ["--shell=bash", "--exclude=SC2086,SC2016", "-"];
    const { stdout } = spawnSync("shellcheck", args, {
      // As GitHub runs it.
      input: `set -eo pipefail\n${step.run}`,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });
});

test("the tools' steps say which shell, without which GitHub runs none of an action's", () => {
  expect(action.runs.using).toBe("composite");
  expect(action.runs.steps.map(({ shell }) => shell)).toEqual(["bash", "bash"]);
});

test("the tools come after the checkout that brings them", () => {
  for (const { jobs } of files.map(read)) {
    for (const { steps: own } of Object.values(jobs)) {
      const used = own.map(({ uses = "" }) => uses);
      if (!used.includes("./.github/actions/tools")) continue;
      expect(used[0]).toMatch(/^actions\/checkout@/);
      expect(used[1]).toBe("./.github/actions/tools");
    }
  }
});

describe("the plan", () => {
  test("is made for one push at a time", () => {
    expect(plan.concurrency?.["cancel-in-progress"]).toBe(true);
  });

  test("is asked for against the branch that the change is for, and may destroy only with the label", () => {
    const { run = "", env = {} } = stepNamed("plan");
    expect(run).toContain('--base "origin/$BASE_REF"');
    expect(env["ALLOW"]).toContain("'allow-destroy'");
  });

  test("is found again by the first line of the report", () => {
    const { run = "" } = stepNamed("Keep one comment per stack up to date");
    expect(run).toContain(`mark="${marker("$STACK")}"`);
    expect(run).toContain("PATCH");
  });

  test.each([
    ["0", 0, "nothing is destroyed"],
    ["1", 1, "the plan failed"],
    ["2", 2, "data would be destroyed"],
    ["3", 3, "machines would be destroyed"],
  ])("with exit code %s ends the job with %i", (code, status, said) => {
    const { run = "" } = stepNamed("Block on destruction, unless the label allow-destroy is set");
    const ended = spawnSync("bash", ["-eo", "pipefail", "-c", run], {
      env: { CODE: code },
      encoding: "utf8",
    });
    expect(ended.status).toBe(status);
    expect(ended.stdout).toContain(said);
  });
});

describe("the stacks that are planned", () => {
  let repo: string;
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      cwd: repo,
      encoding: "utf8",
    }).trim();
  const commit = (paths: readonly string[]) => {
    for (const path of paths) {
      mkdirSync(dirname(join(repo, path)), { recursive: true });
      writeFileSync(join(repo, path), `${existsSync(join(repo, path))}`);
    }
    git("add", ".");
    git("commit", "-qm", "x");
    return git("rev-parse", "HEAD");
  };

  beforeEach(() => {
    repo = mkdtempSync(join(tmpdir(), "hardway-workflow-"));
    git("init", "-q");
  });
  afterEach(() => {
    rmSync(repo, { recursive: true, force: true });
  });

  test.each([
    [["Pulumi.prod.yaml"], '["prod"]'],
    [["Pulumi.staging.yaml", "README.md"], '["staging"]'],
    [["components/cluster.ts"], '["prod","staging"]'],
    [["assets/units/etcd.service", "Pulumi.prod.yaml"], '["prod","staging"]'],
    [["package-lock.json"], '["prod","staging"]'],
    [["README.md", "lab/cli/up.ts", "test/assets/a.ts"], "[]"],
    [["Pulumi.other.yaml", "docs/Pulumi.prod.yaml"], "[]"],
  ])("after a change of %j are %s", (paths, stacks) => {
    const base = commit(["README.md"]);
    const head = commit(paths);
    const output = join(repo, "..", `${repo.split("/").at(-1) ?? ""}-output`);
    const { run = "" } = stepNamed("choose");
    execFileSync("bash", ["-eo", "pipefail", "-c", run], {
      cwd: repo,
      env: {
        ...process.env,
        STACKS: "prod staging",
        BASE: base,
        HEAD: head,
        GITHUB_OUTPUT: output,
      },
    });
    expect(readFileSync(output, "utf8")).toBe(`stacks=${stacks}\n`);
    rmSync(output);
  });
});
