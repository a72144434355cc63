import { existsSync } from "node:fs";
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { cached, recipeKey } from "../lib/cache.ts";
import { reasonOf, whyUnreachable } from "../lib/download.ts";
import { exec } from "../lib/exec.ts";
import { ownProgram } from "../lib/host-programs.ts";
import { cacheDir, type Lab, projectDir } from "../lib/paths.ts";
import type { Report } from "../lib/progress.ts";
import { sdkVersion } from "../plugins/lib/versions.ts";

/** The providers of the program, each of which the lab can stand in for. */
export const pluginNames = ["command", "tls", "kubernetes", "digitalocean", "linode"] as const;
export type PluginName = (typeof pluginNames)[number];

/** Which plugin Pulumi will start for a provider. */
export interface PluginKind {
  readonly name: PluginName;
  /** As the SDK package asks for it, without "v". */
  readonly version: string;
  readonly kind: "stand-in" | "official";
  /** Where the official one is from, or why there is none. */
  readonly why: string;
}

/** What makes the lab use its stand-ins although official plugins can be had. */
const forced = "HARDWAY_PLUGINS=stand-in";

/** Where the Pulumi CLI looks for Pulumi's own plugins. */
const officialPlaces: readonly string[] = [
  "https://api.github.com/",
  `https://get.pulumi.com/releases/plugins/pulumi-resource-tls-v${sdkVersion("tls")}-linux-amd64.tar.gz`,
];

/** Longest time for one plugin, some of which have 100 MB, in milliseconds. */
const installTimeout = 600_000;

/**
 * A plugin's directory with one of these files is the lab's doing, and the file says why; without either, someone put an
 * official plugin there by hand.
 */
const markers = { "stand-in": "hardway-local", official: "hardway-official" } as const;

/** How plugins are installed; a test's own. */
export interface PluginSource {
  /** Node.js that runs a stand-in. */
  readonly node: string;
  /** Puts the official plugin of the pinned version below `<home>/plugins`. */
  readonly install: (home: string, name: PluginName) => Promise<void>;
  /** Why no official plugin can be had; null when it may be tried. */
  readonly whyNot: () => Promise<string | null>;
}

/**
 * Puts a plugin of the pinned version for each provider where Pulumi looks for it: the official one where it can be had, else the
 * lab's stand-in. One that is there by hand is left alone. Safe to run again, and beside another run.
 * @param env - environment with the pinned `pulumi` on its PATH
 */
export async function installPlugins(
  lab: Lab,
  env: Readonly<Record<string, string>>,
  report: Report = () => undefined,
  source: PluginSource = officialSource(env),
): Promise<void> {
  const wanted = pluginNames.filter((name) => !isByHand(lab, name));
  if (wanted.length === 0) return;
  const onlyStandIns = process.env["HARDWAY_PLUGINS"] === "stand-in";
  const failures = onlyStandIns ? {} : await officialPlugins(report, source);
  for (const name of wanted) {
    const why = onlyStandIns ? forced : failures[name];
    if (why === undefined) await linkOfficial(lab, name);
    else await writeStandIn(lab, name, why, source.node);
    await removeStale(lab, name);
  }
}

/** What is in use; nothing for a lab that was never up. */
export async function pluginKinds(lab: Lab): Promise<readonly PluginKind[]> {
  const kinds = pluginNames.map(async (name): Promise<readonly PluginKind[]> => {
    const version = sdkVersion(name);
    const dir = pluginDir(lab.pulumiHome, name);
    if (!existsSync(join(dir, executable(name)))) return [];
    for (const kind of ["stand-in", "official"] as const) {
      const why = await readFile(join(dir, markers[kind]), "utf8").catch(() => null);
      if (why !== null) return [{ name, version, kind, why: why.trim() }];
    }
    return [{ name, version, kind: "official", why: "put there by hand" }];
  });
  return (await Promise.all(kinds)).flat();
}

/**
 * Gets the official plugins into the cache. Whether they can be had is asked once per set of versions: a network that comes and
 * goes must not exchange the plugins of a running cluster, and a sealed room is not asked again.
 */
async function officialPlugins(report: Report, source: PluginSource): Promise<Failures> {
  const decided = await cached("plugins", pluginsKey(), async (home) => {
    const unreachable = await source.whyNot();
    if (unreachable !== null) report(`${unreachable}; the lab's stand-ins are used`);
    const failures: Partial<Record<PluginName, string>> = {};
    for (const name of pluginNames) {
      if (unreachable === null) report(`getting the official plugin ${name} ${sdkVersion(name)}`);
      const failure = unreachable ?? (await failureOf(source.install(home, name)));
      if (failure !== null) failures[name] = failure;
    }
    await writeFile(join(home, failuresFile), `${JSON.stringify(failures, null, 2)}\n`);
  });
  return JSON.parse(await readFile(join(decided, failuresFile), "utf8")) as Failures;
}

/** Plugin → why the official one cannot be had; absent: it is in the cache. */
type Failures = Readonly<Partial<Record<PluginName, string>>>;

const failuresFile = "failures.json";

function pluginsKey(): string {
  return recipeKey(...pluginNames.map((name) => `${name} ${sdkVersion(name)}`));
}

/** The Pulumi CLI, which knows where official plugins are and checks them. */
function officialSource(env: Readonly<Record<string, string>>): PluginSource {
  return {
    node: process.execPath,
    whyNot: async () => {
      const reasons = await Promise.all(officialPlaces.map((place) => whyUnreachable(place)));
      if (reasons.includes(null)) return null;
      return officialPlaces
        .map((place, index) => `${new URL(place).host}: ${reasons[index]}`)
        .join("; ");
    },
    install: async (home, name) => {
      await exec(ownProgram("pulumi"), ["plugin", "install", "resource", name, sdkVersion(name)], {
        env: { ...env, PULUMI_HOME: home },
        signal: AbortSignal.timeout(installTimeout),
      });
    },
  };
}

async function failureOf(work: Promise<void>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return reasonOf(error).trim().split("\n").at(-1) ?? "failed";
  }
}

/** Links, so that five labs take the space of one. */
async function linkOfficial(lab: Lab, name: PluginName): Promise<void> {
  if (existsSync(join(pluginDir(lab.pulumiHome, name), markers.official))) return;
  const from = pluginDir(join(cacheDir, "plugins", pluginsKey()), name);
  await replaceDir(pluginDir(lab.pulumiHome, name), async (draft) => {
    for (const entry of await readdir(from)) await link(join(from, entry), join(draft, entry));
    await writeFile(join(draft, markers.official), "downloaded\n");
  });
}

async function writeStandIn(lab: Lab, name: PluginName, why: string, node: string): Promise<void> {
  const main = join(projectDir, "lab", "plugins", name, "main.ts");
  const script = `#!/bin/sh\nexec ${shellQuote(node)} --disable-warning=ExperimentalWarning ${shellQuote(main)} "$@"\n`;
  const dir = pluginDir(lab.pulumiHome, name);
  const marker = `${why}\n`;
  const textOf = (file: string) => readFile(join(dir, file), "utf8").catch(() => null);
  if (
    (await textOf(markers["stand-in"])) === marker &&
    (await textOf(executable(name))) === script
  ) {
    return;
  }
  await replaceDir(dir, async (draft) => {
    await writeFile(join(draft, markers["stand-in"]), marker);
    await writeFile(join(draft, executable(name)), script);
    await chmod(join(draft, executable(name)), 0o755);
  });
}

/** Pulumi, which may run, sees the old plugin or the new one. */
async function replaceDir(dir: string, make: (draft: string) => Promise<void>): Promise<void> {
  const drafts = join(dirname(dir), "..", "plugin-drafts");
  await mkdir(dirname(dir), { recursive: true });
  await mkdir(drafts, { recursive: true });
  const [draft, old] = [await mkdtemp(join(drafts, "new-")), await mkdtemp(join(drafts, "old-"))];
  try {
    await make(draft);
    await rename(dir, join(old, "plugin")).catch(() => undefined); // there may be none
    await rename(draft, dir);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

/** Ours of another version would only confuse; those of others are theirs. */
async function removeStale(lab: Lab, name: PluginName): Promise<void> {
  const plugins = join(lab.pulumiHome, "plugins");
  const stale = (await readdir(plugins)).filter(
    (entry) =>
      entry.startsWith(`resource-${name}-v`) &&
      join(plugins, entry) !== pluginDir(lab.pulumiHome, name) &&
      isOurs(join(plugins, entry)),
  );
  await Promise.all(
    stale.map((entry) => rm(join(plugins, entry), { recursive: true, force: true })),
  );
}

function isByHand(lab: Lab, name: PluginName): boolean {
  const dir = pluginDir(lab.pulumiHome, name);
  return existsSync(join(dir, executable(name))) && !isOurs(dir);
}

function isOurs(dir: string): boolean {
  return Object.values(markers).some((marker) => existsSync(join(dir, marker)));
}

/** Where Pulumi looks for a plugin: the version is in the name. */
function pluginDir(home: string, name: PluginName): string {
  return join(home, "plugins", `resource-${name}-v${sdkVersion(name)}`);
}

function executable(name: PluginName): string {
  return `pulumi-resource-${name}`;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
