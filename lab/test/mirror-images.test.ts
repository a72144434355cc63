import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OciStore } from "../mirror/oci-store.ts";
import { tar, type TarEntry } from "../mirror/tar.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "hardway-images-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function bytesOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What GNU tar reads in it: mode, owner, size, date and name of each member. */
async function listed(entries: readonly TarEntry[]): Promise<string[]> {
  const path = join(dir, "a.tar");
  await writeFile(path, await bytesOf(entries));
  const args = ["--utc", "--numeric-owner", "--full-time", "-tvf", path];
  const { stdout } = await promisify(execFile)("tar", args);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.replace(/ +/g, " "));
}

describe("tar", () => {
  const program: TarEntry = { path: "bin/run", kind: "text", text: "#!/bin/sh\n", mode: 0o755 };

  it("is read by GNU tar: sorted, owned by root, dated 1970, with the directories above", async () => {
    const long = `${"d".repeat(90)}/${"f".repeat(90)}`;
    const entries: TarEntry[] = [
      { path: "tmp", kind: "directory", mode: 0o1777 },
      program,
      { path: "bin/link", kind: "link", target: "run" },
      { path: long, kind: "text", text: "", mode: 0o600 },
    ];
    expect(await listed(entries)).toEqual([
      "drwxr-xr-x 0/0 0 1970-01-01 00:00:00 bin/",
      "lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 bin/link -> run",
      "-rwxr-xr-x 0/0 10 1970-01-01 00:00:00 bin/run",
      `drwxr-xr-x 0/0 0 1970-01-01 00:00:00 ${"d".repeat(90)}/`,
      `-rw------- 0/0 0 1970-01-01 00:00:00 ${long}`,
      "drwxrwxrwt 0/0 0 1970-01-01 00:00:00 tmp/",
    ]);
  });

  it("does not depend on the order of its entries, nor on a file's owner, date or place", async () => {
    const [one, two] = [join(dir, "one"), join(dir, "two")];
    await writeFile(one, "x".repeat(1000), { mode: 0o600 });
    await writeFile(two, "x".repeat(1000), { mode: 0o755 });
    await utimes(two, 1, 1);
    await symlink(two, join(dir, "link"));
    const a = await bytesOf([program, { path: "f", kind: "file", from: one }]);
    const b = await bytesOf([{ path: "f", kind: "file", from: join(dir, "link") }, program]);
    expect(a.equals(b)).toBe(true);
    expect(a.length % 512).toBe(0);
  });

  it("takes the last of two entries with one path", async () => {
    expect(await listed([program, { ...program, text: "" }])).toContain(
      "-rwxr-xr-x 0/0 0 1970-01-01 00:00:00 bin/run",
    );
  });

  it("fails on a path that has no place in the format", async () => {
    const path = "x".repeat(101);
    await expect(bytesOf([{ path, kind: "text", text: "" }])).rejects.toThrow("does not fit");
  });
});

describe("OciStore", () => {
  const layers: TarEntry[][] = [[{ path: "hello", kind: "text", text: "hello\n" }]];

  it("gives the same image the same digest, and another config another", async () => {
    const put = (name: string, user: string): Promise<string> =>
      new OciStore(join(dir, name)).putImage("host.test/a/b:1", layers, { User: user });
    const digest = await put("one", "1:1");
    expect(await put("two", "1:1")).toBe(digest);
    expect(await put("three", "2:2")).not.toBe(digest);
  });

  it("writes a manifest whose blobs are there, with the sizes it says", async () => {
    const store = new OciStore(dir);
    const digest = await store.putImage("host.test/a/b:1", layers, { Cmd: ["/hello"] });
    const read = (of: string): Promise<Buffer> => readFile(store.blobPath(of) ?? "");
    const manifest = JSON.parse(String(await read(digest))) as {
      config: { digest: string; size: number };
      layers: { digest: string; size: number }[];
    };
    for (const blob of [manifest.config, ...manifest.layers]) {
      expect((await read(blob.digest)).length).toBe(blob.size);
    }
    const config = JSON.parse(String(await read(manifest.config.digest))) as object;
    expect(config).toMatchObject({
      os: "linux",
      config: { Cmd: ["/hello"] },
      rootfs: { type: "layers", diff_ids: manifest.layers.map((layer) => layer.digest) },
    });
  });

  it("takes only digests for paths", () => {
    const store = new OciStore(dir);
    expect(store.blobPath("sha256:../../etc/passwd")).toBeUndefined();
    expect(store.blobPath(`sha256:${"0".repeat(63)}`)).toBeUndefined();
  });
});
