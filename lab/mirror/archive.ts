import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, open, readFile, realpath, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { exec, ExecError } from "../lib/exec.ts";
import { hostArchitecture } from "./lock.ts";
import { mediaTypes, type Descriptor, type OciStore, type Target } from "./oci-store.ts";

/** An image of an unpacked archive. */
export interface ArchivedImage {
  /** As the archive writes it; null when it names none. */
  readonly name: string | null;
  /** Copies it, checked, into a store. */
  copyTo(store: OciStore): Promise<Target>;
}

/**
 * Hands out the images of an archive: of `docker save`, `podman save`, `skopeo copy` or `ctr image export`, compressed
 * or not.
 * @param scratch - directory where it may be unpacked; an image may be too large for /tmp
 * @throws Error naming the file when it is no such archive
 */
export async function withArchive<T>(
  file: string,
  scratch: string,
  work: (images: readonly ArchivedImage[]) => Promise<T>,
): Promise<T> {
  const dir = await realpath(await mkdtemp(join(scratch, ".archive-")));
  try {
    await unpack(file, dir);
    if (existsSync(join(dir, "index.json"))) return await work(await ociImages(dir));
    if (existsSync(join(dir, "manifest.json"))) return await work(await dockerImages(dir));
    throw new Error(
      `${file}: not an image archive, it has neither index.json nor manifest.json; make one with docker save`,
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function unpack(file: string, dir: string): Promise<void> {
  const options = ["--extract", "--no-same-owner", "--file", file, "--directory", dir];
  await exec("tar", options).catch((cause: unknown) => {
    const reason = cause instanceof ExecError ? cause.stderr.split("\n")[0] : String(cause);
    throw new Error(`${file}: cannot be unpacked (${reason ?? ""}); make one with docker save`, {
      cause,
    });
  });
}

type Named = Descriptor & { readonly annotations?: Readonly<Record<string, string>> };

/** As far as a copy reads an index or a manifest. */
interface Document {
  readonly manifests?: readonly (Descriptor & {
    readonly platform?: { readonly os: string; readonly architecture: string };
  })[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
async function ociImages(dir: string): Promise<ArchivedImage[]> {
  const { manifests = [] } = await json<{ manifests?: readonly Named[] }>(dir, "index.json");
  return manifests.map((top) => ({
    name:
      top.annotations?.["io.containerd.image.name"] ??
      top.annotations?.["org.opencontainers.image.ref.name"] ??
      null,
    copyTo: async (store) => {
      if (!(await copyTree(dir, store, top))) throw wrongPlatform(top.digest);
      return top;
    },
  }));
}

const blobName = ({ digest }: Target): string => `blobs/${digest.replace(":", "/")}`;

/** Copies what a digest stands for; false when it holds no image for this machine's architecture. */
async function copyTree(dir: string, store: OciStore, top: Descriptor): Promise<boolean> {
  const document = await json<Document>(dir, blobName(top));
  if (document.manifests) {
    // other platforms' manifests are listed and, mostly, not in the archive
    const here = document.manifests.filter((child) => existsSync(join(dir, blobName(child))));
    const copied = [];
    for (const child of here) copied.push(await copyTree(dir, store, child));
    if (!copied.includes(true)) return false;
  } else {
    const { config, layers } = document;
    if (!config || !layers || !(await isForThisMachine(dir, blobName(config)))) return false;
    for (const blob of [config, ...layers]) await copyBlob(dir, store, blob);
  }
  await copyBlob(dir, store, top);
  return true;
}

async function copyBlob(dir: string, store: OciStore, wanted: Descriptor): Promise<void> {
  const path = await inside(dir, blobName(wanted));
  const { digest } = await store.putBlob(wanted.mediaType, createReadStream(path));
  if (digest !== wanted.digest) {
    throw new Error(`blob: damaged, got ${digest}; the archive says ${wanted.digest}`);
  }
}

interface DockerImage {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** What `docker save` wrote before it knew OCI. */
async function dockerImages(dir: string): Promise<ArchivedImage[]> {
  const images = await json<readonly DockerImage[]>(dir, "manifest.json");
  return images.flatMap((image) =>
    (image.RepoTags ?? [null]).map((name) => ({
      name,
      copyTo: (store: OciStore) => copyDockerImage(dir, store, image),
    })),
  );
}

async function copyDockerImage(dir: string, store: OciStore, image: DockerImage): Promise<Target> {
  if (!(await isForThisMachine(dir, image.Config))) throw wrongPlatform(image.Config);
  const put = async (mediaType: string, name: string): Promise<Descriptor> =>
    store.putBlob(mediaType, createReadStream(await inside(dir, name)));
  const config = await put(mediaTypes.config, image.Config);
  const layers: Descriptor[] = [];
  for (const name of image.Layers) {
    const type = (await isGzipped(dir, name)) ? mediaTypes.gzippedLayer : mediaTypes.layer;
    layers.push(await put(type, name));
  }
  const { rootfs } = await json<{ rootfs?: { diff_ids?: readonly string[] } }>(dir, image.Config);
  const plain = layers.every(({ mediaType }) => mediaType === mediaTypes.layer);
  const expected = rootfs?.diff_ids?.join();
  const got = layers.map(({ digest }) => digest).join();
  if (plain && got !== expected) {
    throw new Error(`layers: damaged, got ${got}; the archive says ${expected ?? "nothing"}`);
  }
  return store.putManifest(config, layers);
}

async function isGzipped(dir: string, name: string): Promise<boolean> {
  const file = await open(await inside(dir, name));
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.equals(Buffer.from([0x1f, 0x8b]));
  } finally {
    await file.close();
  }
}

async function isForThisMachine(dir: string, configName: string): Promise<boolean> {
  const config = await json<{ architecture?: string; os?: string }>(dir, configName);
  return config.os === "linux" && config.architecture === hostArchitecture();
}

function wrongPlatform(what: string): Error {
  return new Error(
    `${what}: no image for linux/${hostArchitecture()}; save it with --platform linux/${hostArchitecture()}`,
  );
}

async function json<T>(dir: string, name: string): Promise<T> {
  return JSON.parse(await readFile(await inside(dir, name), "utf8")) as T;
}

/** Path of a member; a name or link that leads out of the archive is none. */
async function inside(dir: string, name: string): Promise<string> {
  const path = await realpath(join(dir, name)).catch(() => null);
  if (path?.startsWith(dir + sep) !== true) {
    throw new Error(`archive: ${name} is missing; save the image again`);
  }
  return path;
}
