import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync } from "node:fs";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hostArchitecture, type ArtifactLock, type LockedFile } from "../mirror/lock.ts";
import {
  addOfficialFile,
  askOrigins,
  officialComponents,
  registryHost,
} from "../mirror/official.ts";
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

describe("where artifacts are from", () => {
  const image = { name: "coredns", version: "1", image: "127.0.0.1:1/coredns/coredns:v1" };
  const closed = "http://127.0.0.1:1";
  const lock = (files: readonly LockedFile[]): ArtifactLock => ({
    ...{ checked: "", defaults: {}, images: [image] },
    files,
  });

  it("is asked of each origin by itself, and why it is closed is kept", async () => {
    const origins = await askOrigins(
      lock([entry(sha256), { ...entry(""), url: `${closed}/tool` }]),
    );
    expect(origins).toEqual({
      [origin]: null,
      [closed]: expect.any(String) as string,
      "https://127.0.0.1:1": expect.any(String) as string,
    });
  });

  it("is closed where the origin answers, but not with the file", async () => {
    const gone = { ...entry(sha256), url: `${origin}/files/v2/tool` };
    expect(await askOrigins({ ...lock([gone]), images: [] })).toEqual({ [origin]: "HTTP 404" });
  });

  it("is one place for all of a component", () => {
    const both = lock([
      { ...entry(sha256), name: "coredns" },
      { ...entry(sha256), name: "kubelet" },
    ]);
    const origins = { [origin]: null, "https://127.0.0.1:1": "HTTP 403" };
    expect([...officialComponents(both, origins)]).toEqual(["kubernetes"]);
    const open = { ...origins, "https://127.0.0.1:1": null };
    expect([...officialComponents(both, open)].sort()).toEqual(["coredns", "kubernetes"]);
  });

  it("is Docker Hub's own host for an image of Docker Hub", () => {
    expect(registryHost("docker.io/library/traefik:v3")).toBe("registry-1.docker.io");
    expect(registryHost("ghcr.io/flannel-io/flannel:v1")).toBe("ghcr.io");
  });
});
