import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "support", "failing-apply.ts");

interface Frame {
  readonly path: string;
  readonly line: number;
}

async function framesOfFailure(): Promise<readonly Frame[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: { PULUMI_NODEJS_PROJECT: "hardway", PULUMI_NODEJS_STACK: "dev", PULUMI_CONFIG: "{}" },
  });
  return [...stdout.matchAll(/(file:\/\/)?(\/[^:()]+):(\d+):\d+\)?$/gm)].map(
    ([, scheme = "", path = "", line]) => ({
      path: scheme === "" ? path : fileURLToPath(`${scheme}${path}`),
      line: Number(line),
    }),
  );
}

test("an exception inside an apply names its line of TypeScript, and only files that exist", async () => {
  const [first, ...others] = await framesOfFailure();
  const lines = readFileSync(program, "utf8").split("\n");
  expect(first?.path).toBe(program);
  expect(lines[(first?.line ?? 0) - 1]).toContain("throw new TypeError");
  expect(others).not.toEqual([]);
  expect(others.filter(({ path }) => !existsSync(path))).toEqual([]);
});
