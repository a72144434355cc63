import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectDir, type Lab } from "../lib/paths.ts";
import { sdkVersion } from "./lib/versions.ts";

/** The providers that the lab can stand in for. */
export const localPlugins = ["command", "tls", "kubernetes", "digitalocean", "linode"] as const;
export type LocalPlugin = (typeof localPlugins)[number];

/** Which plugin Pulumi will start for a provider. */
export interface PluginKind {
  readonly name: LocalPlugin;
  /** As the SDK package asks for it, without "v". */
  readonly version: string;
  readonly kind: "local" | "official";
}

/** A directory with this file is ours; without it, someone put an official plugin there. */
const marker = "hardway-local";

/**
 * Puts the local plugins where Pulumi looks for them, except where there is an official one of the pinned version.
 * Safe to run again, and beside another run.
 * @param nodePath - the node that will run them
 */
export async function installLocalPlugins(
  lab: Lab,
  nodePath: string = process.execPath,
): Promise<void> {
  await Promise.all(
    pluginKinds(lab)
      .filter(({ kind }) => kind === "local")
      .map((plugin) => install(lab, plugin, nodePath)),
  );
}

/** What is in use, or would be after `installLocalPlugins`. */
export function pluginKinds(lab: Lab): readonly PluginKind[] {
  return localPlugins.map((name) => {
    const version = sdkVersion(name);
    const dir = pluginDir(lab, name, version);
    const isOfficial = existsSync(join(dir, executable(name))) && !existsSync(join(dir, marker));
    return { name, version, kind: isOfficial ? "official" : "local" };
  });
}

async function install(lab: Lab, { name, version }: PluginKind, nodePath: string): Promise<void> {
  const dir = pluginDir(lab, name, version);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, marker), "The lab's own plugin, from lab/plugins of the checkout.\n");
  const main = join(projectDir, "lab", "plugins", name, "main.ts");
  await writeExecutable(
    join(dir, executable(name)),
    `#!/bin/sh\nexec ${shellQuote(nodePath)} --disable-warning=ExperimentalWarning ${shellQuote(main)} "$@"\n`,
  );
  await removeStale(lab, name, version);
}

/** Ours of another version would only confuse; those of others are theirs. */
async function removeStale(lab: Lab, name: LocalPlugin, version: string): Promise<void> {
  const plugins = join(lab.pulumiHome, "plugins");
  const stale = (await readdir(plugins)).filter(
    (entry) =>
      entry.startsWith(`resource-${name}-v`) &&
      entry !== `resource-${name}-v${version}` &&
      existsSync(join(plugins, entry, marker)),
  );
  await Promise.all(
    stale.map((entry) => rm(join(plugins, entry), { recursive: true, force: true })),
  );
}

async function writeExecutable(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
  await writeFile(draft, content);
  await chmod(draft, 0o755);
  await rename(draft, path);
}

function pluginDir(lab: Lab, name: LocalPlugin, version: string): string {
  return join(lab.pulumiHome, "plugins", `resource-${name}-v${version}`);
}

function executable(name: LocalPlugin): string {
  return `pulumi-resource-${name}`;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
