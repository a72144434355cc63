import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectDir } from "../lib/paths.ts";

const root = mkdtempSync(join(tmpdir(), "hardway-stack-command-"));
const labs = join(root, "labs");

/** How the command is started in the end: inside the lab, or as it is. */
function started(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { PATH = "" } = process.env;
  const { stdout, stderr } = spawnSync(
    "sh",
    [join(root, "lab/stack-command.sh"), "plan", ...args],
    {
      encoding: "utf8",
      env: { PATH: `${join(root, "bin")}:${PATH}`, HARDWAY_LABS: labs, INIT_CWD: "/here", ...env },
    },
  );
  return (stdout + stderr).trim().replaceAll(root, "ROOT");
}

beforeAll(() => {
  for (const dir of ["bin", "lab", "labs/dev", "labs/two"])
    mkdirSync(join(root, dir), { recursive: true });
  copyFileSync(join(projectDir, "lab/stack-command.sh"), join(root, "lab/stack-command.sh"));
  writeFileSync(join(root, "lab/run.sh"), 'echo "inside: $*"\n');
  writeFileSync(join(root, "bin/node"), '#!/bin/sh\necho "as it is: $*"\n', { mode: 0o755 });
  writeFileSync(join(labs, "dev/stack"), "dev\n");
  writeFileSync(join(labs, "two/stack"), "linode\n");
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe("npm run plan and npm run inventory", () => {
  const inside = "inside: lab exec env INIT_CWD=/here node ROOT/cli/plan.ts";
  const asItIs = "as it is: ROOT/cli/plan.ts";

  it.each([["--stack dev --base main"], ["--base main --stack=dev"], [""]])(
    "go where the stack of the lab is: %j",
    (line) => {
      const args = line.split(" ").filter(Boolean);
      expect(started(args)).toBe([inside, ...args].join(" "));
    },
  );

  it("know the lab by HARDWAY_LAB, and the stack by PULUMI_STACK", () => {
    expect(started(["--stack", "lab-linode"], { HARDWAY_LAB: "two" })).toMatch(/^inside: /);
    expect(started([], { PULUMI_STACK: "dev" })).toMatch(/^inside: /);
    expect(started(["--stack", "dev"], { HARDWAY_LAB: "two" })).toMatch(/^as it is: /);
  });

  it("leave every other stack, and a backend that somebody names, alone", () => {
    expect(started(["--stack", "prod"])).toBe(`${asItIs} --stack prod`);
    expect(started([], { PULUMI_STACK: "prod" })).toBe(asItIs);
    expect(started(["--stack", "dev"], { PULUMI_BACKEND_URL: "file://x" })).toMatch(/^as it is/);
    expect(started(["--stack", "dev"], { HARDWAY_LAB: "none" })).toBe(`${asItIs} --stack dev`);
    expect(started(["--help"])).toBe(`${asItIs} --help`);
  });
});
