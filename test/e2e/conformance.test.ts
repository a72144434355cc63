import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startCloud, type Cloud } from "../../lab/cloud/cloud.ts";
import { Faults, type FaultKind } from "../../lab/cloud/faults.ts";
import { exec, type ExecError } from "../../lab/lib/exec.ts";
import { ownProgram } from "../../lab/lib/host-programs.ts";
import { FakeHypervisor } from "../../lab/test/cloud-support.ts";
import { buildTool } from "../../lab/tools/build.ts";

// Needs no machine and no lab; it is here because it may have to build Go programs, for which it needs the network.

const token = "conformance";
let stateDir: string;
let cloud: Cloud;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "hardway-conformance-"));
  cloud = await startCloud({
    lab: { stateDir },
    hypervisor: new FakeHypervisor(),
    token,
    listen: { host: "127.0.0.1", port: 0 },
  });
});
afterEach(async () => {
  await cloud.close();
  await rm(stateDir, { recursive: true, force: true });
});

/** What a client's program found wrong, and how many checks it made. */
async function run(program: string, url: string): Promise<{ failed: string[]; checks: number }> {
  const path = join(await buildTool("conformance", console.error), "bin", program);
  const lines: string[] = [];
  const options = { env: { CLOUD_TOKEN: token }, onLine: (line: string) => void lines.push(line) };
  const code = await exec(ownProgram(path), ["-failures", url], options).then(
    () => 0,
    (error: unknown) => (error as ExecError).exitCode,
  );
  return {
    failed: code === 0 ? [] : lines.filter((line) => !line.startsWith("ok ")),
    checks: lines.filter((line) => /^(ok|FAIL) /.test(line)).length,
  };
}

/** Orders that the next calls of a path fail, one after the other. */
function order(path: string, kinds: readonly FaultKind[]): void {
  const faults = new Faults({ stateDir });
  for (const kind of kinds) faults.add({ kind, method: "GET", path, times: 1, seconds: 0 });
}

describe("the lab's clouds, by the official clients that the providers are made of", () => {
  it("DigitalOcean's is one to godo", async () => {
    order("/v2/account", ["429", "429", "500"]);
    const { failed, checks } = await run("digitalocean", cloud.url);
    expect(failed).toEqual([]);
    expect(checks).toBeGreaterThan(30);
  });

  it("Linode's is one to linodego", async () => {
    order("/v4/profile", ["429", "429", "linode-busy"]);
    const { failed, checks } = await run("linode", cloud.linodeUrl);
    expect(failed).toEqual([]);
    expect(checks).toBeGreaterThan(30);
  });
});
