import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Lab } from "../lib/paths.ts";
import {
  installPlugins,
  pluginKinds,
  type PluginName,
  pluginNames,
  type PluginSource,
} from "../cli/plugins.ts";
import { sdkVersion } from "../plugins/lib/versions.ts";

const dir = vi.hoisted(() => {
  const made = `${process.env["TMPDIR"] ?? "/tmp"}/hardway-plugins-${process.pid}`;
  process.env["XDG_CACHE_HOME"] = `${made}/cache`;
  return made;
});
const cached = join(dir, "cache", "hardway", "plugins");

let lab: Lab;
beforeEach(async () => {
  await mkdir(dir, { recursive: true });
  const pulumiHome = await mkdtemp(join(dir, "home-"));
  lab = { name: "test", netns: "none", stateDir: pulumiHome, pulumiHome };
  await rm(cached, { recursive: true, force: true });
  // CI forces the stand-ins; what is tested here is the choice
  vi.stubEnv("HARDWAY_PLUGINS", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => rm(dir, { recursive: true }));

const dirOf = (name: string, version = sdkVersion(name)) =>
  join(lab.pulumiHome, "plugins", `resource-${name}-v${version}`);
const programOf = (name: string) => join(dirOf(name), `pulumi-resource-${name}`);
const textOf = (name: string) => readFile(programOf(name), "utf8");

/** A room with a way to the plugins named; counts how often somebody asked. */
function room(open: readonly PluginName[], unreachable: string | null = null) {
  const asked: string[] = [];
  const source: PluginSource = {
    node: process.execPath,
    whyNot: () => {
      asked.push("network");
      return Promise.resolve(unreachable);
    },
    install: async (home, name) => {
      asked.push(name);
      if (!open.includes(name)) throw new Error("error: [resource plugin] no such\nHTTP 404");
      const target = join(home, "plugins", `resource-${name}-v${sdkVersion(name)}`);
      await mkdir(target, { recursive: true });
      await writeFile(join(target, `pulumi-resource-${name}`), "official", { mode: 0o755 });
    },
  };
  return { asked, install: () => installPlugins(lab, {}, undefined, source) };
}
const kinds = async () =>
  Object.fromEntries((await pluginKinds(lab)).map(({ name, kind, why }) => [name, [kind, why]]));

describe("installPlugins", () => {
  it("uses the official plugins where they can be had, and says why not where not", async () => {
    await room(["tls", "command"]).install();
    expect(await textOf("tls")).toBe("official");
    expect(await textOf("linode")).toContain("/lab/plugins/linode/main.ts");
    expect(await kinds()).toEqual({
      command: ["official", "downloaded"],
      tls: ["official", "downloaded"],
      kubernetes: ["stand-in", "HTTP 404"],
      digitalocean: ["stand-in", "HTTP 404"],
      linode: ["stand-in", "HTTP 404"],
    });
    for (const name of pluginNames) expect((await stat(programOf(name))).mode & 0o111).toBe(0o111);
  });

  it("asks a sealed room once, for all labs", async () => {
    const sealed = room(pluginNames, "get.pulumi.com: ENOTFOUND");
    await sealed.install();
    await sealed.install();
    expect(sealed.asked).toEqual(["network"]);
    expect((await kinds())["tls"]).toEqual(["stand-in", "get.pulumi.com: ENOTFOUND"]);
    // a network that comes back exchanges nothing
    const open = room(pluginNames);
    await open.install();
    expect(open.asked).toEqual([]);
    expect((await kinds())["tls"]?.[0]).toBe("stand-in");
  });

  it("keeps to the stand-ins when told so, whatever was there before", async () => {
    await room(pluginNames).install();
    vi.stubEnv("HARDWAY_PLUGINS", "stand-in");
    const forced = room(pluginNames);
    await forced.install();
    expect(forced.asked).toEqual([]);
    expect((await kinds())["tls"]).toEqual(["stand-in", "HARDWAY_PLUGINS=stand-in"]);
    vi.stubEnv("HARDWAY_PLUGINS", undefined);
    await room(pluginNames).install();
    expect((await kinds())["tls"]).toEqual(["official", "downloaded"]);
  });

  it("leaves a plugin as it is that somebody put there by hand", async () => {
    await mkdir(dirOf("tls"), { recursive: true });
    await writeFile(programOf("tls"), "theirs");
    await room(pluginNames, "sealed").install();
    vi.stubEnv("HARDWAY_PLUGINS", "stand-in");
    await room(pluginNames, "sealed").install();
    expect(await textOf("tls")).toBe("theirs");
    expect(await readdir(dirOf("tls"))).toEqual(["pulumi-resource-tls"]);
    expect((await kinds())["tls"]).toEqual(["official", "put there by hand"]);
  });

  it("removes its own plugins of other versions, and no others", async () => {
    await mkdir(dirOf("command", "0.0.1"), { recursive: true });
    await writeFile(join(dirOf("command", "0.0.1"), "hardway-local"), "");
    await mkdir(dirOf("command", "0.0.2"));
    await room([], "sealed").install();
    expect(existsSync(dirOf("command", "0.0.1"))).toBe(false);
    expect(existsSync(dirOf("command", "0.0.2"))).toBe(true);
  });
});

describe("a plugin's process", () => {
  it("prints its port and no more, and ends when the engine is gone", async () => {
    await room([], "sealed").install();
    const plugin = spawn(programOf("command"), ["127.0.0.1:1"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = once(plugin, "exit");
    const lines: string[] = [];
    const output = createInterface({ input: plugin.stdout });
    output.on("line", (line) => lines.push(line));
    await once(output, "line");
    plugin.stdin.end(); // as the kernel does for an engine that was killed
    const [code] = (await ended) as [number];
    expect(code).toBe(0);
    expect(lines).toHaveLength(1);
    expect(Number(lines[0])).toBeGreaterThan(1023);
  });
});
