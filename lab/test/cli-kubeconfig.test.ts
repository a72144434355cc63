import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { backendDir, kubeconfigPath } from "../cli/environment.ts";
import { isKubeconfigCurrent, keepKubeconfig } from "../cli/kubeconfig.ts";
import { labStackName } from "../cli/stacks.ts";
import { labNamed } from "../lib/paths.ts";

let stateDir = "";
const session = () => ({ lab: { ...labNamed("dev"), stateDir }, env: {} });

/** What an update does to the stack's file, as far as we look at it. */
async function update(seconds: number): Promise<void> {
  const { lab } = session();
  const dir = join(backendDir(lab), ".pulumi", "stacks", "hardway");
  await mkdir(dir, { recursive: true });
  const path = join(dir, `${labStackName(lab)}.json`);
  await writeFile(path, "{}");
  await utimes(path, seconds, seconds);
}

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "hardway-state-"));
});
afterEach(() => rm(stateDir, { recursive: true }));

it("takes a kubeconfig for current until the stack changes, and again when that changed nothing", async () => {
  expect(await isKubeconfigCurrent(session())).toBe(false);
  await update(1000);
  await writeFile(kubeconfigPath(session().lab), "");
  expect(await isKubeconfigCurrent(session())).toBe(false);
  await keepKubeconfig(session());
  expect(await isKubeconfigCurrent(session())).toBe(true);
  await update(2000);
  expect(await isKubeconfigCurrent(session())).toBe(false);
});
