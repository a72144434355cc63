import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LockedImage } from "../mirror/lock.ts";
import { addOfficialImage } from "../mirror/official-images.ts";
import { OciStore } from "../mirror/oci-store.ts";
import { parseRange } from "../mirror/send-file.ts";
import { serveMirror, type MirrorServer } from "../mirror/serve.ts";

const content = "0123456789";
const coredns = "registry.k8s.io/coredns/coredns:v1";
let dir: string;
let server: MirrorServer;
let digest: string;
let files: string;
let registry: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "hardway-mirror-"));
  await mkdir(join(dir, "files", "etcd-1"), { recursive: true });
  await writeFile(join(dir, "files", "etcd-1", "etcd.tar.gz"), content);
  await writeFile(join(dir, "secret"), "not for hosts");
  const lockPath = join(dir, "lock.json");
  await writeFile(lockPath, "{}");
  const store = new OciStore(join(dir, "registry"));
  const layers = [[{ path: "hello", kind: "text", text: "hello\n" } as const]];
  digest = await store.putImage(coredns, layers, { Cmd: ["/hello"] });
  await store.putImage("docker.io/library/twin:1", layers, {});
  await store.putImage("ghcr.io/library/twin:1", layers, { Cmd: ["/hello"] });
  const anywhere = { host: "127.0.0.1", filesPort: 0, registryPort: 0 };
  server = await serveMirror({ dir, lockPath }, anywhere);
  files = `http://127.0.0.1:${server.filesPort}`;
  registry = `http://127.0.0.1:${server.registryPort}`;
});
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

describe("file server", () => {
  const url = (): string => `${files}/files/etcd-1/etcd.tar.gz`;

  it("serves files and the lock", async () => {
    const response = await fetch(url());
    expect(response.headers.get("content-length")).toBe("10");
    expect(await response.text()).toBe(content);
    expect(await (await fetch(`${files}/lock.json`)).json()).toEqual({});
  });

  it("answers HEAD with the length and no body", async () => {
    const response = await fetch(url(), { method: "HEAD" });
    expect([response.status, response.headers.get("content-length")]).toEqual([200, "10"]);
    expect(await response.text()).toBe("");
  });

  it("goes on where a client stopped", async () => {
    const response = await fetch(url(), { headers: { range: "bytes=4-" } });
    expect([response.status, response.headers.get("content-range")]).toEqual([206, "bytes 4-9/10"]);
    expect(await response.text()).toBe("456789");
  });

  it.each([
    ["/files/etcd-1/none", 404],
    ["/files/etcd-1", 404],
    ["/files/", 404],
    ["/files/..%2fsecret", 404],
    ["/files/%2e%2e/secret", 404],
    ["/files//secret", 404],
    ["/secret", 404],
  ])("has nothing at %s", async (path, status) => {
    const response = await fetch(`${files}${path}`);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain("not for hosts");
  });

  it("is read-only", async () => {
    expect((await fetch(url(), { method: "PUT", body: "x" })).status).toBe(405);
  });
});

describe("parseRange", () => {
  it.each([
    [undefined, undefined],
    ["bytes=0-3", [0, 3]],
    ["bytes=4-", [4, 9]],
    ["bytes=-3", [7, 9]],
    ["bytes=5-100", [5, 9]],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=0-1,4-5", undefined],
    ["bytes=-", undefined],
    ["lines=1-2", undefined],
  ])("reads %s of ten bytes as %j", (value, range) => {
    expect(parseRange(value, 10)).toEqual(range);
  });
});

describe("registry", () => {
  const manifest = (path: string): Promise<Response> => fetch(`${registry}/v2/${path}`);

  it("says that it speaks the API", async () => {
    expect((await fetch(`${registry}/v2/`)).status).toBe(200);
  });

  it.each([
    "coredns/coredns/manifests/v1?ns=registry.k8s.io",
    "registry.k8s.io/coredns/coredns/manifests/v1",
    "coredns/coredns/manifests/v1",
  ])("resolves %s to the manifest", async (path) => {
    for (const method of ["HEAD", "GET"]) {
      const response = await fetch(`${registry}/v2/${path}`, { method });
      expect(response.status).toBe(200);
      expect(response.headers.get("docker-content-digest")).toBe(digest);
      expect(response.headers.get("content-type")).toBe(
        "application/vnd.oci.image.manifest.v1+json",
      );
    }
  });

  it("gives a manifest by digest under any name, and every blob of it whole", async () => {
    const response = await manifest(`coredns/coredns/manifests/${digest}?ns=registry.k8s.io`);
    const body = (await response.json()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    for (const blob of [body.config, ...body.layers]) {
      const bytes = await (await manifest(`coredns/coredns/blobs/${blob.digest}`)).arrayBuffer();
      const sum = createHash("sha256").update(Buffer.from(bytes)).digest("hex");
      expect(`sha256:${sum}`).toBe(blob.digest);
    }
  });

  it("tells apart images that differ in their registry only", async () => {
    const digestOf = async (path: string): Promise<string | null> =>
      (await manifest(path)).headers.get("docker-content-digest");
    const [hub, ghcr, bare] = await Promise.all([
      digestOf("library/twin/manifests/1?ns=docker.io"),
      digestOf("library/twin/manifests/1?ns=ghcr.io"),
      digestOf("library/twin/manifests/1"),
    ]);
    expect(hub).not.toBeNull();
    expect(ghcr).not.toBe(hub);
    expect(bare).toBeNull();
  });

  it.each([
    ["coredns/coredns/manifests/v2?ns=registry.k8s.io", "MANIFEST_UNKNOWN"],
    ["coredns/coredns/manifests/v1?ns=docker.io", "MANIFEST_UNKNOWN"],
    [`a/manifests/sha256:${"0".repeat(64)}`, "MANIFEST_UNKNOWN"],
    [`a/blobs/sha256:${"0".repeat(64)}`, "BLOB_UNKNOWN"],
    ["a/blobs/sha256:short", "BLOB_UNKNOWN"],
    ["a/other/x", "NAME_UNKNOWN"],
  ])("answers %s with %s", async (path, code) => {
    const response = await manifest(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ code }] });
  });

  it("is read-only", async () => {
    const response = await fetch(`${registry}/v2/a/blobs/uploads/`, { method: "POST" });
    expect(response.status).toBe(405);
  });
});

describe("addOfficialImage", () => {
  const entry: LockedImage = { name: "coredns", version: "1", image: coredns };
  const copyTo = (name: string): OciStore => new OciStore(join(dir, name));

  it("copies an image from a registry under its digest", async () => {
    const store = copyTo("copy");
    const locked = await addOfficialImage(store, { ...entry, digest }, registry);
    expect(locked.digest).toBe(digest);
    expect((await store.resolve(coredns))?.digest).toBe(digest);
  });

  it("notes the digest of an image that was known by its tag only", async () => {
    expect((await addOfficialImage(copyTo("tagged"), entry, registry)).digest).toBe(digest);
  });

  it("fails on a registry that sends something else under a digest", async () => {
    const [store, lying] = [copyTo("right"), copyTo("lying/registry")];
    const wanted = await store.putImage(coredns, [], {});
    const other = await lying.putImage(coredns, [], { User: "1:1" });
    await rename(lying.blobPath(other) ?? "", lying.blobPath(wanted) ?? "");
    const anywhere = { host: "127.0.0.1", filesPort: 0, registryPort: 0 };
    const liar = await serveMirror({ dir: join(dir, "lying"), lockPath: "" }, anywhere);
    const url = `http://127.0.0.1:${liar.registryPort}`;
    await expect(
      addOfficialImage(copyTo("fooled"), { ...entry, digest: wanted }, url),
    ).rejects.toThrow(`wrong digest, got ${other}; asked for ${wanted}`);
    await liar.close();
  });

  it("fails on an image that is not there, naming its URL", async () => {
    const gone = { ...entry, digest: `sha256:${"0".repeat(64)}` };
    await expect(addOfficialImage(copyTo("gone"), gone, registry)).rejects.toThrow(
      /coredns\/coredns\/manifests\/sha256:0+: not to be had, got HTTP 404/,
    );
  });
});
