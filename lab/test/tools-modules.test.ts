import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildRecipe } from "../tools/build.ts";
import type { Recipe } from "../tools/recipes.ts";

const dir = vi.hoisted(() => {
  const made = `${process.env["TMPDIR"] ?? "/tmp"}/hardway-modules-${process.pid}`;
  // an empty module cache, and a proxy that is a directory: nobody downloaded anything before
  process.env["XDG_CACHE_HOME"] = `${made}/cache`;
  process.env["GOPROXY"] = `file://${made}/proxy`;
  process.env["GOSUMDB"] = "off";
  return made;
});

const hasGo = (() => {
  try {
    execFileSync("go", ["version"]);
    return true;
  } catch {
    return false;
  }
})();

const modules = ["example.test/data", "example.test/library"] as const;
const wrapper = join(dir, "wrapper");

/** As a Go module proxy has it. @see https://go.dev/ref/mod#goproxy-protocol */
async function publish(module: string): Promise<void> {
  const versions = join(dir, "proxy", module, "@v");
  const goMod = `module ${module}\n\ngo 1.21\n`;
  const files = {
    "go.mod": goMod,
    "library.go": "package library\n",
    "texts/text.txt": `of ${module}`,
  };
  await mkdir(versions, { recursive: true });
  await writeFile(join(versions, "v1.0.0.info"), '{"Version":"v1.0.0"}');
  await writeFile(join(versions, "v1.0.0.mod"), goMod);
  const members = Object.entries(files).map(
    ([path, text]) => [`${module}@v1.0.0/${path}`, text] as const,
  );
  await writeFile(join(versions, "v1.0.0.zip"), zip(Object.fromEntries(members)));
}

/** A zip archive of texts, not compressed. @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  for (const [path, text] of Object.entries(files)) {
    const [name, content] = [Buffer.from(path), Buffer.from(text)];
    const about = Buffer.alloc(26); // version, flags, method, time, date, crc, sizes, length of the name, of more
    about.writeUInt16LE(20, 0);
    about.writeUInt32LE(crc32(content), 10);
    about.writeUInt32LE(content.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14); // length of a comment, disk, attributes, and where the file is
    place.writeUInt32LE(Buffer.concat(bodies).length, 10);
    bodies.push(Buffer.from("PK\x03\x04"), about, name, content);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), about, place, name);
  }
  const body = Buffer.concat(bodies);
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(body.length, 16);
  return Buffer.concat([body, list, end]);
}

describe.skipIf(!hasGo)("with an empty module cache", () => {
  beforeAll(async () => {
    for (const module of modules) await publish(module);
    await mkdir(wrapper, { recursive: true });
    const requires = modules.map((module) => `require ${module} v1.0.0`);
    const goMod = ["module hardway/test", "go 1.21", ...requires, ""].join("\n");
    await writeFile(join(wrapper, "go.mod"), goMod);
    await writeFile(join(wrapper, "go.sum"), "");
    await writeFile(join(wrapper, "other.go"), "package library // other\n");
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const recipe = (rest: Partial<Recipe>): Recipe => ({ version: "1", mains: {}, ...rest });
  const [data, library] = modules;

  it("a recipe that takes data from modules has them", async () => {
    const built = await buildRecipe(
      "data",
      recipe({
        data: {
          one: { module: data, path: "texts" },
          two: { module: library, path: "texts" },
        },
      }),
      wrapper,
    );
    expect(await readFile(join(built, "one", "text.txt"), "utf8")).toBe(`of ${data}`);
    expect(await readFile(join(built, "two", "text.txt"), "utf8")).toBe(`of ${library}`);
  });

  it("a recipe with files in place of a module's builds with a copy of the module", async () => {
    await buildRecipe(
      "instead",
      recipe({ instead: { "other.go": { module: library, path: "library.go" } } }),
      wrapper,
    );
    const patched = join(dir, "cache", "hardway", "patched");
    const name = (await readdir(patched)).find((entry) => !entry.startsWith(".")) ?? "";
    const goMod = await readFile(join(patched, name, "go.mod"), "utf8");
    const [, copy = ""] = /^replace example.test\/library => (.*)$/m.exec(goMod) ?? [];
    expect(await readFile(join(copy, "library.go"), "utf8")).toBe("package library // other\n");
    expect(await readFile(join(copy, "texts", "text.txt"), "utf8")).toBe(`of ${library}`);
  });
});
