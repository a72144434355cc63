import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fullReference, importImages, withImported } from "../mirror/imported.ts";
import { hostArchitecture, type ArtifactLock } from "../mirror/lock.ts";
import { OciStore } from "../mirror/oci-store.ts";
import { publishedLock, publishMirror } from "../mirror/publish.ts";
import { serveMirror } from "../mirror/serve.ts";

const nginx = "docker.io/nginx/nginx-ingress:5.5.4";
const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const digestOf = (data: string | Buffer): string => `sha256:${sha256(data)}`;

let dir: string;
let store: OciStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "hardway-import-"));
  store = new OciStore(join(dir, "store"));
});
afterEach(() => rm(dir, { recursive: true }));

/** Writes an archive of these files; a value of the form `-> x` is a link. */
function archive(files: Readonly<Record<string, string | Buffer>>, options: string[] = []): string {
  const content = join(dir, "content");
  for (const [name, data] of Object.entries(files)) {
    const path = join(content, name);
    mkdirSync(join(path, ".."), { recursive: true });
    const target = typeof data === "string" && /^-> (.*)$/.exec(data)?.[1];
    if (target) symlinkSync(target, path);
    else writeFileSync(path, data);
  }
  const file = join(dir, "image.tar");
  execFileSync("tar", [...options, "-cf", file, "-C", content, "."]);
  return file;
}

const layer = "a layer";
const configOf = (architecture: string): string =>
  JSON.stringify({ architecture, os: "linux", rootfs: { diff_ids: [digestOf(layer)] } });
const config = configOf(hostArchitecture());
const docker = (changes: object = {}): Record<string, string | Buffer> => ({
  "manifest.json": JSON.stringify([
    { Config: "c.json", RepoTags: ["nginx/nginx-ingress:5.5.4"], Layers: ["1/l.tar"], ...changes },
  ]),
  "c.json": config,
  "1/l.tar": layer,
});

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
const blob = (mediaType: string, data: string): Blob => ({
  mediaType,
  digest: digestOf(data),
  size: data.length,
});
const manifestOf = (configText: string): string =>
  JSON.stringify({
    schemaVersion: 2,
    config: blob("application/vnd.oci.image.config.v1+json", configText),
    layers: [blob("application/vnd.oci.image.layer.v1.tar", layer)],
  });
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const at = (data: string): string => `blobs/sha256/${sha256(data)}`;

/** An OCI archive of one index, of which only one platform's manifest is there, as registries' images are saved. */
function oci(top: string, annotations: object, blobs: readonly string[]): string {
  return archive({
    "index.json": JSON.stringify({ manifests: [{ ...blob("t", top), annotations }] }),
    ...Object.fromEntries([top, ...blobs].map((data) => [at(data), data])),
  });
}

describe("import of a docker archive", () => {
  it("keeps the image under its full reference, ready to be pulled", async () => {
    const [image] = await importImages(store, archive(docker()));
    expect(image?.reference).toBe(nginx);
    const target = await store.resolve(nginx);
    expect(target?.digest).toBe(image?.digest);
    const manifest = JSON.parse(
      readFileSync(store.blobPath(target?.digest ?? "") ?? "", "utf8"),
    ) as {
      config: Blob;
      layers: Blob[];
    };
    const read = ({ digest }: Blob): string => readFileSync(store.blobPath(digest) ?? "", "utf8");
    expect(read(manifest.config)).toBe(config);
    expect(manifest.layers.map(read)).toEqual([layer]);
  });

  it("is the same for a compressed archive, and for a layer that is a link to another", async () => {
    const plain = await importImages(store, archive(docker()));
    const linked = { ...docker(), "1/l.tar": "-> ../2/l.tar", "2/l.tar": layer };
    await rm(join(dir, "content"), { recursive: true });
    expect(await importImages(store, archive(linked, ["-z"]))).toEqual(plain);
  });

  it("says of a compressed layer that it is one", async () => {
    await importImages(store, archive({ ...docker(), "1/l.tar": gzipSync(layer) }));
    const { digest = "" } = (await store.resolve(nginx)) ?? {};
    expect(readFileSync(store.blobPath(digest) ?? "", "utf8")).toContain(".tar+gzip");
  });

  it("keeps nothing under its name when a layer is damaged, missing or outside the archive", async () => {
    writeFileSync(join(dir, "secret"), layer);
    for (const [bad, message] of [
      ["another layer", "layers: damaged"],
      ["-> nowhere", "archive: 1/l.tar is missing"],
      [`-> ${join(dir, "secret")}`, "archive: 1/l.tar is missing"],
    ] as const) {
      await rm(join(dir, "content"), { recursive: true, force: true });
      const file = archive({ ...docker(), "1/l.tar": bad });
      await expect(importImages(store, file)).rejects.toThrow(message);
    }
    expect(await store.tags()).toEqual({});
  });
});

describe("import of an OCI archive", () => {
  const manifest = manifestOf(config);
  const other = manifestOf(configOf("s390x"));
  const index = JSON.stringify({
    manifests: [other, manifest].map((text) => blob(manifestType, text)),
  });

  it("keeps the digest of the index, so that a pull by digest finds it", async () => {
    const file = oci(index, { "io.containerd.image.name": nginx }, [manifest, config, layer]);
    expect(await importImages(store, file)).toEqual([
      { reference: nginx, digest: digestOf(index) },
    ]);
    for (const text of [index, manifest]) {
      expect((await store.manifest(digestOf(text)))?.digest).toBe(digestOf(text));
    }
  });

  it("takes the name that is given, and asks for one when there is none", async () => {
    const file = oci(manifest, {}, [config, layer]);
    await expect(importImages(store, file)).rejects.toThrow("does not name its image; use image");
    const [image] = await importImages(store, file, "nginx/nginx-ingress:5.5.4");
    expect(image).toEqual({ reference: nginx, digest: digestOf(manifest) });
  });

  it("fails on an image for another architecture", async () => {
    const foreign = configOf("s390x");
    const file = oci(other, { "org.opencontainers.image.ref.name": nginx }, [foreign, layer]);
    await expect(importImages(store, file)).rejects.toThrow(
      `no image for linux/${hostArchitecture()}`,
    );
  });

  it("fails on a blob that is not what its name says", async () => {
    const file = archive({
      "index.json": JSON.stringify({
        manifests: [
          { ...blob(manifestType, manifest), annotations: { "io.containerd.image.name": nginx } },
        ],
      }),
      [at(manifest)]: manifest,
      [at(config)]: config,
      [at(layer)]: "something else",
    });
    await expect(importImages(store, file)).rejects.toThrow("blob: damaged");
    expect(await store.tags()).toEqual({});
  });
});

it("a file that is no image archive is refused by name", async () => {
  const file = archive({ "hello.txt": "hello" });
  await expect(importImages(store, file)).rejects.toThrow(`${file}: not an image archive`);
  const text = join(dir, "content", "hello.txt");
  await expect(importImages(store, text)).rejects.toThrow(`${text}: cannot be unpacked (tar: `);
  expect(readdirSync(store.dir)).toEqual([".lock"]);
});

describe("fullReference", () => {
  it.each([
    ["traefik:v3", "docker.io/library/traefik:v3"],
    ["nginx/nginx-ingress", "docker.io/nginx/nginx-ingress:latest"],
    ["quay.io/a/b:1", "quay.io/a/b:1"],
    ["localhost:5000/a:1", "localhost:5000/a:1"],
    ["localhost/a:1", "localhost/a:1"],
  ])("%s is %s", (short, full) => {
    expect(fullReference(short)).toBe(full);
  });

  it.each(["", "UPPER:1", "a b", `nginx@sha256:${"0".repeat(64)}`])("refuses %j", (text) => {
    expect(() => fullReference(text)).toThrow("image: not a reference with a tag, got");
  });
});

describe("the published lock", () => {
  const lock: ArtifactLock = {
    checked: "2026-01-01",
    defaults: { traefik: "3.6.13" },
    files: [],
    images: [
      {
        name: "traefik",
        version: "3.6.13",
        image: "docker.io/library/traefik:v3.6.13",
        digest: "d",
      },
    ],
  };
  const standard = {
    defaults: { "nginx-ingress": "5.5.4" },
    images: [...lock.images, { name: "nginx-ingress", version: "5.5.4", image: nginx }],
  };
  const target = (digest: string) => ({ mediaType: manifestType, digest });

  it("has an imported image under its name in the standard lock, and its version as the default", () => {
    const newer = "docker.io/nginx/nginx-ingress:5.6.0";
    const tags = {
      [newer]: target("n"),
      [nginx]: target("o"),
      "docker.io/library/x:1": target("x"),
    };
    const merged = withImported(lock, tags, standard);
    expect(merged.defaults).toEqual({ traefik: "3.6.13", "nginx-ingress": "5.5.4" });
    expect(merged.images.filter(({ name }) => name !== "traefik")).toEqual([
      { name: "nginx-ingress", version: "5.6.0", image: newer, digest: "n" },
      { name: "nginx-ingress", version: "5.5.4", image: nginx, digest: "o" },
    ]);
  });

  it("has the imported image instead of the mirror's own, and keeps the version that is used", () => {
    const [own] = lock.images;
    const tags = {
      [own?.image ?? ""]: target("i"),
      "docker.io/library/traefik:v3.7.0": target("n"),
    };
    const merged = withImported(lock, tags, standard);
    expect(merged.defaults["traefik"]).toBe("3.6.13");
    const traefik = merged.images.filter(({ name }) => name === "traefik");
    expect(traefik.map(({ version, digest }) => [version, digest])).toEqual([
      ["3.6.13", "i"],
      ["3.7.0", "n"],
    ]);
  });

  it("names an image that the mirror lacks, without a digest, so that a stack can be told which one", () => {
    const merged = withImported(lock, {}, standard);
    expect(merged.defaults).toEqual({ traefik: "3.6.13", "nginx-ingress": "5.5.4" });
    expect(merged.images.slice(1)).toEqual([
      { name: "nginx-ingress", version: "5.5.4", image: nginx },
    ]);
  });

  it("names its mirror, and brings the files that the program reads", async () => {
    const mirror = join(dir, "mirrors", "abc");
    const crds = { name: "crds", version: "1", url: "http://10.240.0.1:8080/files/c-1/c.yaml" };
    mkdirSync(join(mirror, "files", "c-1"), { recursive: true });
    writeFileSync(join(mirror, "files", "c-1", "c.yaml"), "kind: X\n");
    const files = [{ ...crds, sha256: {}, path: ".hardway/crds.yaml" }];
    writeFileSync(join(mirror, "lock.json"), JSON.stringify({ ...lock, files }));
    await importImages(store, archive(docker()));
    const published = join(dir, "published");
    await publishMirror({ dir: mirror, lockPath: join(mirror, "lock.json") }, published, store);
    const read = await publishedLock(published);
    expect(read?.mirror).toBe("abc");
    expect(read?.images.map(({ image }) => image)).toContain(nginx);
    expect(readFileSync(join(published, "crds.yaml"), "utf8")).toBe("kind: X\n");
  });
});

it("the registry serves imported images beside its own, and before them", async () => {
  const built = new OciStore(join(dir, "mirror", "registry"));
  const text = [[{ path: "hello", kind: "text", text: "hello\n" } as const]];
  const ownDigest = await built.putImage("docker.io/library/own:1", text, {});
  await built.putImage(nginx, text, {});
  const [image] = await importImages(store, archive(docker()));
  const mirror = { dir: join(dir, "mirror"), lockPath: "" };
  const anywhere = { host: "127.0.0.1", filesPort: 0, registryPort: 0 };
  const server = await serveMirror(mirror, anywhere, [store]);
  const get = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.registryPort}/v2/${path}`);
  try {
    const digest = async (path: string): Promise<string | null> =>
      (await get(path)).headers.get("docker-content-digest");
    expect(await digest("nginx/nginx-ingress/manifests/5.5.4?ns=docker.io")).toBe(image?.digest);
    expect(await digest("library/own/manifests/1?ns=docker.io")).toBe(ownDigest);
    const blobs = await get(`nginx/nginx-ingress/blobs/${digestOf(layer)}`);
    expect(await blobs.text()).toBe(layer);
    expect((await get("library/none/manifests/1?ns=docker.io")).status).toBe(404);
  } finally {
    await server.close();
  }
});
