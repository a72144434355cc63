import { describe, expect, test } from "vitest";
import {
  mirrored,
  parseLock,
  resolveFile,
  resolveImage,
} from "../../components/facts/artifacts.ts";
import { readAsset } from "../../components/lib/assets.ts";

const sha = (digit: string) => digit.repeat(64);
const text = JSON.stringify({
  checked: "2026-11-21",
  defaults: { tool: "1.10.0" },
  files: [
    {
      name: "tool",
      version: "1.10.0",
      url: "https://example.com/v1.10.0/tool-{arch}.tar.gz",
      sha256: { amd64: sha("a"), arm64: sha("b") },
      members: { tool: "tool-{arch}/tool", helper: "tool-{arch}/helper" },
    },
    {
      name: "tool",
      version: "1.9.0",
      url: "https://example.com/v1.9.0/tool-{arch}",
      sha256: { amd64: sha("c") },
    },
    { name: "other", version: "1.9.0", url: "https://example.com/o", sha256: { amd64: sha("d") } },
  ],
  images: [
    {
      name: "pause",
      version: "3.10",
      image: "example.com/pause:3.10",
      digest: `sha256:${sha("e")}`,
    },
    { name: "dns", version: "1.0", image: "example.com/dns:v1.0" },
  ],
});
const lock = parseLock(text);
const amd64 = { name: "tool", version: "1.10.0", architecture: "amd64" } as const;

describe("a file of the lock", () => {
  test("is for one architecture, in its URL, checksum and members", () => {
    expect(resolveFile(lock, { ...amd64, architecture: "arm64" }, null)).toEqual({
      name: "tool",
      version: "1.10.0",
      architecture: "arm64",
      url: "https://example.com/v1.10.0/tool-arm64.tar.gz",
      sha256: sha("b"),
      members: { helper: "tool-arm64/helper", tool: "tool-arm64/tool" },
    });
  });

  test("without members is the program itself", () => {
    expect(resolveFile(lock, { ...amd64, version: "1.9.0" }, null)?.members).toEqual({});
  });

  test("is not there in another version or architecture", () => {
    expect(resolveFile(lock, { ...amd64, version: "1.11.0" }, null)).toBeNull();
    const arm64 = { ...amd64, version: "1.9.0", architecture: "arm64" } as const;
    expect(resolveFile(lock, arm64, null)).toBeNull();
  });

  test("comes from the mirror when there is one, under its official host and path", () => {
    expect(resolveFile(lock, amd64, "http://10.240.0.1:8080")?.url).toBe(
      "http://10.240.0.1:8080/files/example.com/v1.10.0/tool-amd64.tar.gz",
    );
  });

  test("whose URL is the mirror's own keeps it", () => {
    const own = "http://10.240.0.1:8080/files/etcd-3.6.14/etcd.tar.gz";
    expect(mirrored(own, "http://10.240.0.1:8080")).toBe(own);
    expect(mirrored(own, "http://10.240.0.1:80")).not.toBe(own);
  });
});

test("an image is named by its digest when the lock has it, else by its tag", () => {
  expect(resolveImage(lock, "pause", "3.10")?.reference).toBe(
    `example.com/pause:3.10@sha256:${sha("e")}`,
  );
  expect(resolveImage(lock, "dns", "1.0")?.reference).toBe("example.com/dns:v1.0");
  expect(resolveImage(lock, "dns", "2.0")).toBeNull();
});

describe("fails to read", () => {
  test.each([
    ["no JSON", "{", /JSON/],
    ["no object", "null", /^its root: .*Object/],
    ["a short sha256", text.replace(sha("a"), "aa"), /^files\.0\.sha256\.amd64: .*64.*hex/],
    ["a URL that is none", text.replace("https://example.com/o", "o"), /^files\.2\.url: .*URL/],
    ["a version with a v", text.replace('"1.9.0"', '"v1.9.0"'), /^files\.1\.version: .*without/],
    ["a tag as digest", text.replace(`sha256:${sha("e")}`, "latest"), /^images\.0\.digest: /],
  ])("%s", (_what, broken, message) => {
    expect(() => parseLock(broken)).toThrow(message);
  });
});

test("assets/versions.json is a lock, each name and version once, over https", () => {
  const { files, images } = parseLock(readAsset("versions.json"));
  for (const entries of [files, images]) {
    const keys = entries.map(({ name, version }) => `${name} ${version}`);
    expect(new Set(keys).size).toBe(keys.length);
  }
  for (const { url } of files) expect(url).toMatch(/^https:/);
});
