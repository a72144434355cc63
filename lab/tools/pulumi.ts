import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, recipeKey } from "../lib/cache.ts";
import { downloadFile, downloadText, reasonOf } from "../lib/download.ts";
import { exec } from "../lib/exec.ts";
import { ownProgram } from "../lib/host-programs.ts";
import { cacheDir } from "../lib/paths.ts";
import { buildTool, type Report, toolKey } from "./build.ts";
import { recipes } from "./recipes.ts";

const { version } = recipes.pulumi;

/** Where Pulumi publishes its CLI: the archives, and beside them a list of their checksums. */
const officialPlaces: readonly string[] = [
  "https://get.pulumi.com/releases/sdk",
  `https://github.com/pulumi/pulumi/releases/download/v${version}`,
];

/** File of the directory that says where its programs are from, and if they were built, why. */
const sourceFile = "source";

/**
 * The directory to put on PATH for the pinned Pulumi CLI and its Node.js language host: where a `pulumi` of the pinned
 * version already is, else the official one, else what was built. The choice is made once: a network that comes and
 * goes exchanges nothing, and a sealed room is not asked again.
 * @throws ExecError from a build
 */
export async function pulumiTools(
  report: Report = () => undefined,
  places: readonly string[] = officialPlaces,
  build: typeof linkBuilt = linkBuilt,
): Promise<string> {
  const installed = await installedPulumi();
  if (installed !== undefined) return installed;
  const keys = await Promise.all([toolKey("pulumi"), toolKey("pulumi-language-nodejs")]);
  return cached(
    "tools",
    `pulumi-path-${recipeKey(...keys, hostScript, ...places)}`,
    async (dir) => {
      const failures: string[] = [];
      for (const place of places) {
        try {
          await downloadPulumi(dir, place, report);
          await writeFile(join(dir, sourceFile), `official, from ${new URL(place).host}\n`);
          return;
        } catch (error) {
          failures.push(`${new URL(place).host}: ${reasonOf(error)}`);
        }
      }
      report(`building the Pulumi CLI (${failures.join("; ")})`);
      await build(dir, report);
      await writeFile(join(dir, sourceFile), `built: ${failures.join("; ")}\n`);
    },
  );
}

/** Where the CLI in such a directory is from, e.g. "official, from get.pulumi.com"; null: not one of ours. */
export async function pulumiSource(dir: string): Promise<string | null> {
  return (await readFile(join(dir, sourceFile), "utf8").catch(() => null))?.trim() ?? null;
}

async function downloadPulumi(dir: string, place: string, report: Report): Promise<void> {
  const archive = `pulumi-v${version}-linux-${process.arch}.tar.gz`;
  report(`asking ${place}`);
  const sha256 = checksumOf(
    archive,
    await downloadText(`${place}/pulumi-${version}-checksums.txt`),
  );
  report(`downloading ${archive}`);
  const draft = join(dir, "download");
  try {
    await mkdir(draft);
    const file = join(draft, archive);
    await downloadFile(`${place}/${archive}`, sha256, file, "the release");
    await exec("tar", ["--extract", "--file", file, "--directory", draft, "--no-same-owner"]);
    for (const program of ["pulumi", "pulumi-language-nodejs"]) {
      await rename(join(draft, "pulumi", program), join(dir, program));
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The line of a file in the form of sha256sum(1). */
function checksumOf(file: string, list: string): string {
  const line = list.split("\n").find((line) => line.endsWith(` ${file}`));
  const [, sha256] = /^([0-9a-f]{64}) /.exec(line ?? "") ?? [];
  if (sha256 === undefined) throw new Error(`the release's checksums do not name ${file}`);
  return sha256;
}

async function linkBuilt(dir: string, report: Report): Promise<void> {
  const cli = await buildTool("pulumi", report);
  const host = await buildTool("pulumi-language-nodejs", report);
  // one directory: the CLI looks for its language host beside its own, resolved path
  await link(join(cli, "bin", "pulumi"), join(dir, "pulumi"));
  await link(join(host, "bin", "pulumi-language-nodejs"), join(dir, "nodejs-host"));
  await writeFile(join(dir, "pulumi-language-nodejs"), hostScript, { mode: 0o755 });
}

/**
 * Hands the project's option `typescript: false` to the language host: this CLI sends it with a request that a host
 * of this age does not read, and it would load a TypeScript compiler for nothing, which takes a second.
 */
const hostScript = '#!/bin/sh\nexec "${0%/*}/nodejs-host" -typescript=false "$@"\n';

async function installedPulumi(): Promise<string | undefined> {
  for (const dir of (process.env["PATH"] ?? "").split(":")) {
    const entries = new Set(await readdir(dir).catch(() => []));
    if (!entries.has("pulumi") || !entries.has("pulumi-language-nodejs")) continue;
    const env = {
      PULUMI_SKIP_UPDATE_CHECK: "1",
      PULUMI_HOME: join(cacheDir, "pulumi-home", ".probe"),
    };
    const found = await exec(ownProgram(join(dir, "pulumi")), ["version"], { env }).catch(
      () => undefined,
    );
    return found?.stdout.trim() === `v${version}` ? dir : undefined;
  }
  return undefined;
}
