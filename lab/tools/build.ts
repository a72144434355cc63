import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, recipeKey } from "../lib/cache.ts";
import { exec } from "../lib/exec.ts";
import { withLock } from "../lib/lock.ts";
import { cacheDir } from "../lib/paths.ts";
import { DownloadedModules } from "./modules.ts";
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
  return buildRecipe(name, recipes[name], wrapperDir(name), report);
}

/**
 * Builds tools one after the other; while one compiles, the modules of the next are downloaded.
 * @returns tool → its directory, as `buildTool` gives it
 * @throws ExecError with the end of what `go` printed
 */
export async function buildTools(
  names: readonly ToolName[],
  report: Report = () => undefined,
): Promise<ReadonlyMap<ToolName, string>> {
  const tools = new Map<ToolName, string>();
  // what goes wrong there is said when the tool is built
  const ahead = (name: ToolName | undefined): Promise<void> =>
    name === undefined ? Promise.resolve() : downloadAhead(name).catch(() => undefined);
  let downloaded = ahead(names[0]);
  for (const [index, name] of names.entries()) {
    await downloaded;
    downloaded = ahead(names[index + 1]);
    tools.set(name, await buildTool(name, report));
  }
  return tools;
}

/** Builds what a recipe says, from the wrapper module in `wrapper`; see `buildTool`. */
export async function buildRecipe(
  name: string,
  recipe: Recipe,
  wrapper: string,
  report: Report = () => undefined,
): Promise<string> {
  const key = await keyOf(name, recipe, wrapper);
  return cached("tools", key, async (dir) => {
    const shown: Report = (line) => {
      report(`${name} ${recipe.version}: ${line}`);
    };
    shown("downloading modules");
    const modules = await DownloadedModules.download(recipe, wrapper, goEnv(recipe));
    await modules.copyData(recipe, dir);
    const modFile = await patchedModFile(recipe, wrapper, modules, key);
    await mkdir(join(dir, "bin"));
    for (const group of mainGroups(recipe)) {
      await goBuild({ recipe, wrapper, modFile, ...group }, join(dir, "bin"), shown);
    }
  });
}

/** Downloads what a build of the tool will ask for, unless it is built. */
async function downloadAhead(name: ToolName): Promise<void> {
  const recipe: Recipe = recipes[name];
  const wrapper = wrapperDir(name);
  const key = await keyOf(name, recipe, wrapper);
  if (existsSync(join(cacheDir, "tools", key))) return;
  const env = goEnv(recipe);
  const modules = await DownloadedModules.download(recipe, wrapper, env);
  const modFile = await patchedModFile(recipe, wrapper, modules, key);
  for (const { tags, mains } of mainGroups(recipe)) {
    const packages = mains.map(([, main]) => main);
    const flags = [...moduleFlags(modFile), ...tagFlags(tags)];
    await exec("go", ["list", "-deps", ...flags, ...packages], { cwd: wrapper, env });
  }
}

/** Programs that one `go build` makes: they share their tags. */
interface MainGroup {
  readonly tags: string;
  readonly mains: readonly (readonly [binary: string, main: string])[];
}

function mainGroups({ mains, tags = "", tagsOf = {} }: Recipe): readonly MainGroup[] {
  const groups = Map.groupBy(Object.entries(mains), ([binary]) => tagsOf[binary] ?? tags);
  return [...groups].map(([tags, mains]) => ({ tags, mains }));
}

interface GoBuild extends MainGroup {
  readonly recipe: Recipe;
  readonly wrapper: string;
  /** Instead of the wrapper's own go.mod. */
  readonly modFile: string | null;
}

/** One `go build` of all programs: packages are looked at once, and one program is linked while others compile. */
async function goBuild(
  { recipe, wrapper, modFile, tags, mains }: GoBuild,
  bin: string,
  report: Report,
): Promise<void> {
  const draft = await mkdtemp(join(bin, "..", "go-build-"));
  const shown = throttled(report);
  let compiled = 0;
  report(`compiling ${mains.map(([binary]) => binary).join(", ")}`);
  const flags = [
    ...["-v", "-trimpath", "-buildvcs=false", ...moduleFlags(modFile), ...tagFlags(tags)],
    // What debuggers read is dropped by the linker (-s -w, as in official releases): it need not be compiled.
    ...["-gcflags", "all=-dwarf=false", "-ldflags", linkerFlags(recipe)],
  ];
  const packages = mains.map(([, main]) => main);
  await mkdir(join(cacheDir, "go"), { recursive: true });
  // two at once would compile what they share twice
  await withLock(join(cacheDir, "go", ".compiling.lock"), () =>
    exec("go", ["build", ...flags, "-o", `${draft}/`, ...packages], {
      cwd: wrapper,
      env: goEnv(recipe),
      onLine: (line) => {
        if (line.startsWith("go: downloading")) shown(line.slice("go: ".length));
        if (/\s/.test(line)) return; // package paths only, no warnings
        compiled += 1;
        shown(`compiled ${compiled} packages`);
      },
    }),
  );
  for (const [binary, main] of mains) await rename(join(draft, goName(main)), join(bin, binary));
  await rm(draft, { recursive: true });
}

/** What `go build` calls a program: the last element of its import path that is no major version. */
function goName(main: string): string {
  return (
    main
      .replace(/\/v\d+$/, "")
      .split("/")
      .at(-1) ?? main
  );
}

function moduleFlags(modFile: string | null): readonly string[] {
  return ["-mod=readonly", ...(modFile === null ? [] : [`-modfile=${modFile}`])];
}

function tagFlags(tags: string): readonly string[] {
  return tags === "" ? [] : ["-tags", tags];
}

/** Path of a go.mod that stands in for the wrapper's when the recipe has files that stand in for a module's. */
async function patchedModFile(
  recipe: Recipe,
  wrapper: string,
  modules: DownloadedModules,
  key: string,
): Promise<string | null> {
  if (recipe.instead === undefined) return null;
  const home = join(cacheDir, "patched", key);
  await cached("patched", key, (dir) => modules.writePatched(recipe, wrapper, dir, home));
  return join(home, "go.mod");
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

/** Name of a tool's directory in the cache: another for all that decides what is in it. */
export function toolKey(name: ToolName): Promise<string> {
  return keyOf(name, recipes[name], wrapperDir(name));
}

async function keyOf(name: string, recipe: Recipe, wrapper: string): Promise<string> {
  const files = await readdir(wrapper, { recursive: true });
  const sources = files.filter((file) => /\.(go|mod|sum)$/.test(file)).sort();
  const texts = await Promise.all(sources.map((file) => readFile(join(wrapper, file), "utf8")));
  const key = recipeKey(JSON.stringify(recipe), await goVersion(wrapper), ...texts);
  return `${name}-${recipe.version}-${key}`;
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
  for (const dir of (await buildTools(names as ToolName[], console.error)).values()) {
    console.log(dir);
  }
}
