import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheDir, projectDir } from "../lib/paths.ts";
import { filesUrl } from "./files.ts";
import { importedStore, withImported } from "./imported.ts";
import type { ArtifactLock } from "./lock.ts";
import type { MirrorStore } from "./mirror.ts";
import type { OciStore } from "./oci-store.ts";

/** Where the stack finds what the lab has for it. */
export const publishedDir = join(projectDir, ".hardway");

/** Where all filled mirrors are. */
export const storesDir = join(cacheDir, "mirror");

/** Name of the published lock. */
export const lockName = "artifacts.lock.json";

/** The lock that a lab's stack reads: what the mirror has, and the images that were imported. */
export interface PublishedLock extends ArtifactLock {
  /** Name of the mirror's directory among all mirrors. */
  readonly mirror: string;
}

/** The published lock; null when nothing was published yet. */
export async function publishedLock(dir = publishedDir): Promise<PublishedLock | null> {
  const text = await readFile(join(dir, lockName), "utf8").catch(() => null);
  return text === null ? null : (JSON.parse(text) as PublishedLock);
}

/**
 * Puts a mirror's lock, and copies of the files that the program reads itself, where the stack's config looks for
 * them.
 */
export async function publishMirror(
  { dir, lockPath }: Pick<MirrorStore, "dir" | "lockPath">,
  target = publishedDir,
  imported: OciStore = importedStore(),
): Promise<void> {
  const lock = JSON.parse(await readFile(lockPath, "utf8")) as ArtifactLock;
  await mkdir(target, { recursive: true });
  for (const { url, path } of lock.files) {
    if (path === undefined) continue;
    const from = join(dir, "files", url.slice(filesUrl.length));
    await replace(join(target, basename(path)), (draft) => copyFile(from, draft));
  }
  const standard = await readFile(join(projectDir, "assets", "versions.json"), "utf8");
  const merged = withImported(lock, await imported.tags(), JSON.parse(standard) as ArtifactLock);
  const published: PublishedLock = { ...merged, mirror: basename(dir) };
  await replace(join(target, lockName), (draft) =>
    writeFile(draft, `${JSON.stringify(published, null, 2)}\n`),
  );
}

/** Publishes the same mirror again, as after an import; nothing when none was published yet. */
export async function publishAgain(): Promise<void> {
  const published = await publishedLock();
  if (published === null) return;
  const dir = join(storesDir, published.mirror);
  await publishMirror({ dir, lockPath: join(dir, "lock.json") });
}

/** Nobody sees half a file. */
async function replace(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await write(`${path}.draft`);
  await rename(`${path}.draft`, path);
}
