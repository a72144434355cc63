import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { pulumiSource, pulumiTools } from "../tools/pulumi.ts";
import { recipes } from "../tools/recipes.ts";

const dir = vi.hoisted(() => {
  const made = `${process.env["TMPDIR"] ?? "/tmp"}/hardway-cli-${process.pid}`;
  process.env["XDG_CACHE_HOME"] = `${made}/cache`;
  return made;
});

const { version } = recipes.pulumi;
const archive = `pulumi-v${version}-linux-${process.arch}.tar.gz`;
const files = new Map<string, Buffer>();
const asked: string[] = [];
let server: Server;
let place: string;

beforeAll(async () => {
  const source = join(dir, "source", "pulumi");
  await mkdir(source, { recursive: true });
  for (const program of ["pulumi", "pulumi-language-nodejs", "pulumi-language-go"]) {
    await writeFile(join(source, program), `official ${program}`, { mode: 0o755 });
  }
  execFileSync("tar", ["-czf", join(dir, archive), "-C", join(dir, "source"), "pulumi"]);
  const content = await readFile(join(dir, archive));
  const sha256 = createHash("sha256").update(content).digest("hex");
  files.set(`/good/${archive}`, content);
  files.set(`/wrong/${archive}`, content);
  const list = (sum: string) =>
    Buffer.from(`${"1".repeat(64)}  other.tar.gz\n${sum}  ${archive}\n`);
  files.set(`/good/pulumi-${version}-checksums.txt`, list(sha256));
  files.set(`/wrong/pulumi-${version}-checksums.txt`, list("2".repeat(64)));
  server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const file = files.get(url);
    response.writeHead(file ? 200 : 404).end(file);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  place = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  asked.length = 0;
  vi.stubEnv("PATH", "/usr/bin:/bin:/usr/local/go/bin"); // no pulumi there
  return () => vi.unstubAllEnvs();
});

const built = async (into: string): Promise<void> => {
  await writeFile(join(into, "pulumi"), "built");
};
const tools = (...places: readonly string[]) => pulumiTools(() => undefined, places, built);

describe("the Pulumi CLI", () => {
  it("is the official one, with the language host beside it and nothing else", async () => {
    const found = await tools("http://127.0.0.1:1", `${place}/good`);
    expect(await readFile(join(found, "pulumi"), "utf8")).toBe("official pulumi");
    expect((await readdir(found)).sort()).toEqual(["pulumi", "pulumi-language-nodejs", "source"]);
    expect(await pulumiSource(found)).toBe(`official, from ${new URL(place).host}`);
  });

  it("is built when the archive is not what the release says", async () => {
    const found = await tools(`${place}/wrong`);
    expect(await readFile(join(found, "pulumi"), "utf8")).toBe("built");
    expect(await pulumiSource(found)).toContain("wrong sha256");
    expect((await readdir(found)).sort()).toEqual(["pulumi", "source"]);
  });

  it("is built where no place answers; nobody is asked again, and status can say why", async () => {
    const first = await tools(`${place}/none`);
    expect(await pulumiSource(first)).toBe(
      `built: ${new URL(place).host}: ${place}/none/pulumi-${version}-checksums.txt: not to be had, got HTTP 404`,
    );
    expect(asked).toHaveLength(1);
    expect(await tools(`${place}/none`)).toBe(first);
    expect(asked).toHaveLength(1);
  });
});
