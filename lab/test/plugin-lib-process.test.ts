import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../lib/paths.ts";
import { installLocalPlugins, localPlugins, pluginKinds } from "../plugins/install.ts";
import { sdkVersion } from "../plugins/lib/versions.ts";

let lab: Lab;
beforeAll(async () => {
  const pulumiHome = await mkdtemp(join(tmpdir(), "hardway-plugins-"));
  lab = { name: "test", netns: "none", stateDir: pulumiHome, pulumiHome };
});
afterAll(() => rm(lab.pulumiHome, { recursive: true }));

const dirOf = (name: string, version = sdkVersion(name)) =>
  join(lab.pulumiHome, "plugins", `resource-${name}-v${version}`);
const programOf = (name: string) => join(dirOf(name), `pulumi-resource-${name}`);

describe("installLocalPlugins", () => {
  it("puts an executable where Pulumi looks for each pinned version", async () => {
    await installLocalPlugins(lab);
    for (const name of localPlugins) {
      expect((await stat(programOf(name))).mode & 0o111).toBe(0o111);
    }
    expect(pluginKinds(lab).map(({ kind }) => kind)).toEqual(localPlugins.map(() => "local"));
  });

  it("leaves an official plugin as it is, and says that it is in use", async () => {
    await rm(dirOf("tls"), { recursive: true });
    await mkdir(dirOf("tls"));
    await writeFile(programOf("tls"), "official");
    await installLocalPlugins(lab);
    expect(await readFile(programOf("tls"), "utf8")).toBe("official");
    expect(await readdir(dirOf("tls"))).toEqual(["pulumi-resource-tls"]);
    expect(pluginKinds(lab).find(({ name }) => name === "tls")?.kind).toBe("official");
  });

  it("removes its own plugins of other versions, and no others", async () => {
    await mkdir(dirOf("command", "0.0.1"));
    await writeFile(join(dirOf("command", "0.0.1"), "hardway-local"), "");
    await mkdir(dirOf("command", "0.0.2"));
    await installLocalPlugins(lab);
    expect(existsSync(dirOf("command", "0.0.1"))).toBe(false);
    expect(existsSync(dirOf("command", "0.0.2"))).toBe(true);
  });
});

describe("a plugin's process", () => {
  it("prints its port and no more, and ends when the engine is gone", async () => {
    await installLocalPlugins(lab);
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
