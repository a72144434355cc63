import { copyFile, cp, link, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, recipeKey } from "../lib/cache.ts";
import { exec } from "../lib/exec.ts";
import { cacheDir } from "../lib/paths.ts";
import { recipes, type Recipe } from "./recipes.ts";

/** A tool of `recipes`. */
export type ToolName = keyof typeof recipes;

/** Gets one line of plain text for each thing worth showing; the caller adds times. */
export type Report = (line: string) => void;

/** Shortest time between two lines about the same compilation, in milliseconds. */
const reportEvery = 5_000;

/**
 * Builds a tool from the Go module proxy, once per recipe, go.mod, go.sum and Go version.
 * @returns a directory of the cache with the binaries in `bin/`, and the directories that the recipe's `data` names
 * @throws ExecError with the end of what `go` printed
 */
export async function buildTool(name: ToolName, report: Report = () => undefined): Promise<string> {
  const recipe: Recipe = recipes[name];
  const key = await keyOf(name, recipe);
  return cached("tools", `${name}-${recipe.version}-${key}`, async (dir) => {
    await mkdir(join(dir, "bin"));
    const binaries = Object.keys(recipe.mains);
    for (const [index, binary] of binaries.entries()) {
      const title = `${name} ${recipe.version}: ${binary} (${index + 1} of ${binaries.length})`;
      await goBuild(name, binary, join(dir, "bin", binary), (line) => {
        report(`${title}, ${line}`);
      });
    }
    for (const [target, { module, path }] of Object.entries(recipe.data ?? {})) {
      await cp(join(await moduleDir(name, recipe, module), path), join(dir, target), {
        recursive: true,
      });
    }
  });
}

/** Where the module cache has the wrapper's version of a module. */
async function moduleDir(name: ToolName, recipe: Recipe, module: string): Promise<string> {
  const { stdout } = await exec("go", ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module], {
    cwd: wrapperDir(name),
    env: goEnv(recipe),
  });
  return stdout.trim();
}

/**
 * The directory to put on PATH for the pinned Pulumi CLI and its Node.js language host: where a `pulumi` of the
 * pinned version already is, else what was built.
 */
export async function pulumiTools(report: Report = () => undefined): Promise<string> {
  const installed = await installedPulumi();
  if (installed !== undefined) return installed;
  const cli = await buildTool("pulumi", report);
  const host = await buildTool("pulumi-language-nodejs", report);
  // one directory: the CLI looks for its language host beside its own, resolved path
  return cached("tools", `pulumi-path-${recipeKey(cli, host, hostScript)}`, async (dir) => {
    await link(join(cli, "bin", "pulumi"), join(dir, "pulumi"));
    await link(join(host, "bin", "pulumi-language-nodejs"), join(dir, "nodejs-host"));
    await writeFile(join(dir, "pulumi-language-nodejs"), hostScript, { mode: 0o755 });
  });
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
    const version = await exec(join(dir, "pulumi"), ["version"], { env }).catch(() => undefined);
    return version?.stdout.trim() === `v${recipes.pulumi.version}` ? dir : undefined;
  }
  return undefined;
}

async function goBuild(
  name: ToolName,
  binary: string,
  output: string,
  report: Report,
): Promise<void> {
  const recipe: Recipe = recipes[name];
  const pkg = recipe.mains[binary] ?? "";
  const tags = recipe.tagsOf?.[binary] ?? recipe.tags;
  const modFile = await patchedModFile(name, recipe);
  const common = [
    ...["-mod=readonly", "-buildvcs=false", ...(tags ? ["-tags", tags] : [])],
    ...(modFile === null ? [] : [`-modfile=${modFile}`]),
  ];
  const options = { cwd: wrapperDir(name), env: goEnv(recipe) };
  report("resolving modules");
  const shown = throttled(report);
  const { stdout } = await exec("go", ["list", "-deps", ...common, pkg], {
    ...options,
    onLine: (line) => {
      if (line.startsWith("go: downloading")) shown(line.slice("go: ".length));
    },
  });
  const total = stdout.trim().split("\n").length;
  let compiled = 0;
  report(`compiling up to ${total} packages`);
  await exec(
    "go",
    ["build", "-v", "-trimpath", ...common, "-ldflags", linkerFlags(recipe), "-o", output, pkg],
    {
      ...options,
      onLine: (line) => {
        if (/\s/.test(line)) return; // package paths only, no warnings
        compiled += 1;
        shown(`compiled ${compiled} of up to ${total} packages`);
      },
    },
  );
}

/**
 * A go.mod of the wrapper in which a module is replaced by a copy with other files in it; null when the recipe asks
 * for none. (`go build -overlay` does not reach into the module cache.)
 */
async function patchedModFile(name: ToolName, recipe: Recipe): Promise<string | null> {
  const files = Object.entries(recipe.instead ?? {});
  const [first] = files;
  if (first === undefined) return null;
  const [, { module }] = first;
  const [area, key] = ["patched", `${name}-${recipe.version}-${await keyOf(name, recipe)}`];
  const target = join(cacheDir, area, key);
  await cached(area, key, async (dir) => {
    await cp(await moduleDir(name, recipe, module), join(dir, "module"), { recursive: true });
    for (const [file, { path }] of files) {
      await copyFile(join(wrapperDir(name), file), join(dir, "module", path));
    }
    const goMod = await readFile(join(wrapperDir(name), "go.mod"), "utf8");
    const replace = `replace ${module} => ${join(target, "module")}`;
    await writeFile(join(dir, "go.mod"), `${goMod}\n${replace}\n`);
    await copyFile(join(wrapperDir(name), "go.sum"), join(dir, "go.sum"));
  });
  return join(target, "go.mod");
}

function linkerFlags({ variables = {}, cgo }: Recipe): string {
  const set = Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`);
  return ["-s -w", ...(cgo ? ["-extldflags -static"] : []), ...set].join(" ");
}

function throttled(report: Report): Report {
  let next = Date.now() + reportEvery;
  return (line) => {
    if (Date.now() < next) return;
    next = Date.now() + reportEvery;
    report(line);
  };
}

async function keyOf(name: ToolName, recipe: Recipe): Promise<string> {
  const dir = wrapperDir(name);
  const files = await readdir(dir, { recursive: true });
  const sources = files.filter((file) => /\.(go|mod|sum)$/.test(file)).sort();
  const texts = await Promise.all(sources.map((file) => readFile(join(dir, file), "utf8")));
  return recipeKey(JSON.stringify(recipe), await goVersion(dir), ...texts);
}

/** One answer for all wrappers: their go.mod files ask for the same version. */
let goVersionOnce: Promise<string> | undefined;

function goVersion(dir: string): Promise<string> {
  goVersionOnce ??= exec("go", ["env", "GOVERSION", "GOARCH"], {
    cwd: dir,
    env: goEnv({ version: "", mains: {} }),
  }).then(({ stdout }) => stdout);
  return goVersionOnce;
}

/** A cache of our own, so that a build neither sees nor fills the user's. */
function goEnv(recipe: Recipe): Record<string, string> {
  return {
    GOMODCACHE: join(cacheDir, "go", "mod"),
    GOCACHE: join(cacheDir, "go", "build"),
    GOFLAGS: "-modcacherw",
    GOWORK: "off",
    GOOS: "linux",
    CGO_ENABLED: recipe.cgo ? "1" : "0",
  };
}

/** Where the Go module of a tool is. */
export function wrapperDir(name: ToolName): string {
  const { dir = join("tools", name) }: Recipe = recipes[name];
  return join(import.meta.dirname, "..", dir);
}

if (process.argv[1] === import.meta.filename) {
  const [, , ...names] = process.argv;
  const unknown = names.filter((name) => !(name in recipes));
  if (names.length === 0 || unknown.length > 0) {
    console.error(`usage: node lab/tools/build.ts NAME…\nnames: ${Object.keys(recipes).join(" ")}`);
    process.exit(2);
  }
  for (const name of names) console.log(await buildTool(name as ToolName, console.error));
}
