import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { hostArchitecture } from "./lock.ts";
import { tar, type TarEntry } from "./tar.ts";

/** What an OCI manifest says about a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What a container of the image runs, in the words of the OCI image configuration. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
}

/** A manifest or index. */
export type Target = Pick<Descriptor, "mediaType" | "digest">;

/** What `OciStore` writes next to the blobs: image reference → manifest. */
export type Tags = Readonly<Record<string, Target>>;

/** Registries need not accept larger manifests; what is larger here is a layer, in bytes. */
const manifestLimit = 4 * 1024 * 1024;

export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  gzippedLayer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

/** Images on disk: `blobs/<hex of sha256>` and `tags.json`. */
export class OciStore {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Path of a blob, whether it is there or not; undefined when `digest` is not a sha256 digest. */
  blobPath(digest: string): string | undefined {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    return hex === undefined ? undefined : join(this.dir, "blobs", hex);
  }

  /**
   * Manifest behind a reference, e.g. `registry.k8s.io/pause:3.10.2`; the registry may be left out as long as only
   * one image is meant.
   */
  async resolve(reference: string): Promise<Target | undefined> {
    const tags = await this.tags();
    if (tags[reference]) return tags[reference];
    const [only, ...others] = Object.keys(tags).filter((tag) => tag.endsWith(`/${reference}`));
    return only === undefined || others.length > 0 ? undefined : tags[only];
  }

  /** A stored manifest or index by its digest. */
  async manifest(digest: string): Promise<Target | undefined> {
    const path = this.blobPath(digest);
    const info = path === undefined ? undefined : await stat(path).catch(() => undefined);
    if (path === undefined || !info || info.size > manifestLimit) return undefined;
    const mediaType = mediaTypeOf(await readFile(path, "utf8"));
    return mediaType === undefined ? undefined : { mediaType, digest };
  }

  /** Keeps `chunks` under their own sha256. */
  async putBlob(mediaType: string, chunks: AsyncIterable<Buffer>): Promise<Descriptor> {
    const blobs = join(this.dir, "blobs");
    await mkdir(blobs, { recursive: true });
    const draft = join(blobs, `.${randomBytes(6).toString("hex")}`);
    const hash = createHash("sha256");
    let size = 0;
    const measured = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    };
    await pipeline(measured, createWriteStream(draft));
    const hex = hash.digest("hex");
    await rename(draft, join(blobs, hex));
    return { mediaType, digest: `sha256:${hex}`, size };
  }

  /** Every image reference with its manifest, sorted. */
  async tags(): Promise<Tags> {
    const text = await readFile(join(this.dir, "tags.json"), "utf8").catch(() => "{}");
    return JSON.parse(text) as Tags;
  }

  /** Makes a stored manifest or index the target of a reference; a reader sees it at once or not yet. */
  async tag(reference: string, { mediaType, digest }: Target): Promise<void> {
    const tags = { ...(await this.tags()), [reference]: { mediaType, digest } };
    const sorted = Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
    await mkdir(this.dir, { recursive: true });
    const draft = join(this.dir, `.tags.${randomBytes(6).toString("hex")}`);
    await writeFile(draft, `${JSON.stringify(sorted, null, 2)}\n`);
    await rename(draft, join(this.dir, "tags.json"));
  }

  /**
   * Writes an image for this machine's architecture.
   *
   * Layers are plain tars: on a network as near as the lab's, compressing costs more than it saves.
   * The same entries and config give the same digest.
   * @returns digest of the manifest
   */
  async putImage(
    reference: string,
    layers: readonly (readonly TarEntry[])[],
    config: ImageConfig,
  ): Promise<string> {
    const blobs: Descriptor[] = [];
    for (const entries of layers) blobs.push(await this.putBlob(mediaTypes.layer, tar(entries)));
    const image = await this.#putJson(mediaTypes.config, {
      architecture: hostArchitecture(),
      os: "linux",
      created: "1970-01-01T00:00:00Z",
      config,
      rootfs: { type: "layers", diff_ids: blobs.map(({ digest }) => digest) },
    });
    const manifest = await this.putManifest(image, blobs);
    await this.tag(reference, manifest);
    return manifest.digest;
  }

  /** Writes the manifest of an image whose configuration and layers are stored. */
  putManifest(config: Descriptor, layers: readonly Descriptor[]): Promise<Descriptor> {
    const mediaType = mediaTypes.manifest;
    return this.#putJson(mediaType, { schemaVersion: 2, mediaType, config, layers });
  }

  #putJson(mediaType: string, value: object): Promise<Descriptor> {
    return this.putBlob(mediaType, Readable.from([Buffer.from(JSON.stringify(value))]));
  }
}

/** Its own word, or for want of that its form: OCI lets a manifest leave the type out. */
function mediaTypeOf(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null) return undefined;
    if ("mediaType" in value) {
      return typeof value.mediaType === "string" ? value.mediaType : undefined;
    }
    if ("manifests" in value) return mediaTypes.index;
    return "layers" in value ? mediaTypes.manifest : undefined;
  } catch {
    return undefined; // a layer, not a manifest
  }
}
