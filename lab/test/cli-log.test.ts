import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stopCliLog } from "../cli/cli-log.ts";

describe("the CLI's own log", () => {
  let pulumiHome = "";
  beforeEach(async () => {
    pulumiHome = await mkdtemp(join(tmpdir(), "hardway-home-"));
  });
  afterEach(() => rm(pulumiHome, { recursive: true }));

  it("cannot have its directory, and what is there of it goes", async () => {
    const logs = join(pulumiHome, "logs");
    await mkdir(logs);
    await writeFile(join(logs, "organization+hardway+dev.log"), "x");
    await stopCliLog({ pulumiHome });
    // what the CLI does first
    await expect(mkdir(logs, { recursive: true })).rejects.toThrow("EEXIST");
    await stopCliLog({ pulumiHome });
    expect((await stat(logs)).isFile()).toBe(true);
  });

  it("leaves plugins alone, and needs no PULUMI_HOME to be there", async () => {
    await mkdir(join(pulumiHome, "plugins"));
    await stopCliLog({ pulumiHome });
    expect(await readdir(pulumiHome)).toEqual(["logs", "plugins"]);
    await stopCliLog({ pulumiHome: join(pulumiHome, "new", "home") });
    expect(await readdir(join(pulumiHome, "new", "home"))).toEqual(["logs"]);
  });
});
