import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync } from "node:fs";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hostArchitecture, type ArtifactLock, type LockedFile } from "../mirror/lock.ts";
import { addOfficialFile, officialReachable, registryHost } from "../mirror/official.ts";
import { serveMirror, type MirrorServer } from "../mirror/serve.ts";

const dir = vi.hoisted(() => {
  const made = `${process.env["TMPDIR"] ?? "/tmp"}/hardway-official-${process.pid}`;
  process.env["XDG_CACHE_HOME"] = `${made}/cache`;
  return made;
});

const arch = hostArchitecture();
const content = "a program";
const sha256 = createHash("sha256").update(content).digest("hex");
let server: MirrorServer;
let origin: string;

beforeAll(async () => {
  mkdirSync(join(dir, "files", "v1"), { recursive: true });
  await writeFile(join(dir, "files", "v1", `tool-${arch}`), content);
  const anywhere = { host: "127.0.0.1", filesPort: 0, registryPort: 0 };
  server = await serveMirror({ dir, lockPath: "" }, anywhere);
  origin = `http://127.0.0.1:${server.filesPort}`;
});
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

const entry = (sum: string): LockedFile => ({
  name: "tool",
  version: "1",
  url: `${origin}/files/v1/tool-{arch}`,
  sha256: { [arch]: sum },
});

describe("addOfficialFile", () => {
  it("downloads for this machine, and locks the mirror's own address", async () => {
    const target = mkdtempSync(join(tmpdir(), "hardway-target-"));
    const members = { tool: "tool-{arch}/tool" };
    const locked = await addOfficialFile(target, { ...entry(sha256), members });
    const path = `127.0.0.1:${server.filesPort}/files/v1/tool-${arch}`;
    expect(locked).toEqual({
      name: "tool",
      version: "1",
      url: `http://10.240.0.1:8080/files/${path}`,
      sha256: { [arch]: sha256 },
      members: { tool: `tool-${arch}/tool` },
    });
    expect(await readFile(join(target, "files", path), "utf8")).toBe(content);
    await rm(target, { recursive: true });
  });

  it("fails on a file that is not what the lock says, and keeps nothing of it", async () => {
    const other = "0".repeat(64);
    await expect(addOfficialFile(dir, entry(other))).rejects.toThrow(
      `tool-${arch}: wrong sha256, got ${sha256}; the lock says ${other}`,
    );
    const kept = await readdir(join(dir, "cache", "hardway", "downloads"));
    expect(kept.filter((name) => name.includes(other) && !name.endsWith(".lock"))).toEqual([]);
  });

  it("fails on a file that is not there", async () => {
    const missing = { ...entry("1".repeat(64)), url: `${origin}/files/v2/tool` };
    await expect(addOfficialFile(dir, missing)).rejects.toThrow("not to be had, got HTTP 404");
  });
});

describe("officialReachable", () => {
  const lock: ArtifactLock = { checked: "", defaults: {}, files: [], images: [] };

  it("needs an answer from every address, whatever it says", async () => {
    const closed = { ...entry(sha256), url: "http://127.0.0.1:1/tool" };
    expect(await officialReachable({ ...lock, files: [entry(sha256)] })).toBe(true);
    expect(await officialReachable({ ...lock, files: [entry(sha256), closed] })).toBe(false);
  });

  it("asks Docker Hub where Docker Hub answers", () => {
    expect(registryHost("docker.io/library/traefik:v3")).toBe("registry-1.docker.io");
    expect(registryHost("ghcr.io/flannel-io/flannel:v1")).toBe("ghcr.io");
  });
});
