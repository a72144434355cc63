import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../lib/paths.ts";
import { withLock } from "../lib/lock.ts";
import { withArchive } from "./archive.ts";
import { componentOf, type ArtifactLock, type LockedImage } from "./lock.ts";
import { OciStore, type Tags } from "./oci-store.ts";

/** An image supplied by hand. */
export interface ImportedImage {
  /** Registry, repository and tag. */
  readonly reference: string;
  readonly digest: string;
}

/** Where images supplied by hand are, for all labs of this user; `npm run down` leaves them. */
export function importedStore(): OciStore {
  return new OciStore(join(cacheDir, "images"));
}

/**
 * Takes the images of an archive into a store.
 * @param reference - what the archive's image is called, when the archive does not say or says it wrongly
 * @throws Error when the file is no archive, holds no image for this machine, or does not name what it holds
 */
export async function importImages(
  store: OciStore,
  file: string,
  reference?: string,
): Promise<readonly ImportedImage[]> {
  await mkdir(store.dir, { recursive: true });
  return withLock(join(store.dir, ".lock"), () =>
    withArchive(file, store.dir, async (images) => {
      const named = images.filter(({ name }) => name !== null);
      const wanted = reference === undefined ? named : images.slice(0, 1);
      const isClear = reference === undefined ? named.length > 0 : images.length === 1;
      if (!isClear) {
        throw new Error(
          `${file}: ${images.length === 1 ? "does not name its image" : `holds ${images.length} images`}; ` +
            "use image import FILE REFERENCE with an archive of one image",
        );
      }
      const imported: ImportedImage[] = [];
      for (const image of wanted) {
        const full = fullReference(reference ?? image.name ?? "");
        const target = await image.copyTo(store);
        await store.tag(full, target);
        imported.push({ reference: full, digest: target.digest });
      }
      return imported;
    }),
  );
}

/**
 * A reference with all that Docker leaves out: `docker.io/`, `library/` and `:latest`.
 * @throws Error when it is none, or has a digest instead of a tag
 */
export function fullReference(text: string): string {
  const parts =
    /^(?:([\w.-]+\.[\w.-]+|[\w.-]+:\d+|localhost)\/)?([a-z\d][a-z\d._/-]*)(?::([\w.-]+))?$/;
  const [, registry = "docker.io", repository, tag = "latest"] = parts.exec(text) ?? [];
  if (repository === undefined) {
    throw new Error(
      `image: not a reference with a tag, got ${JSON.stringify(text)}; use e.g. docker.io/nginx/nginx-ingress:5.5.4`,
    );
  }
  const isOfficial = registry === "docker.io" && !repository.includes("/");
  return `${registry}/${isOfficial ? "library/" : ""}${repository}:${tag}`;
}

/**
 * A mirror's lock with what was imported: an image takes the place of the mirror's own of that name and version, and
 * its version becomes the default of a component that the mirror has none of. An image that neither has is in the lock
 * without a digest: a stack that wants it is told which one the mirror lacks.
 * @param standard - assets/versions.json, which says what name a repository has
 */
export function withImported(
  lock: ArtifactLock,
  tags: Tags,
  standard: Pick<ArtifactLock, "defaults" | "images">,
): ArtifactLock {
  const names = new Map(standard.images.map(({ image, name }) => [split(image).repository, name]));
  const imported = Object.entries(tags).flatMap(([image, { digest }]): LockedImage[] => {
    const { repository, tag } = split(image);
    const name = names.get(repository);
    const version = tag.replace(/^v/, "");
    return name === undefined || !/^\d/.test(version) ? [] : [{ name, version, image, digest }];
  });
  const isReplaced = (own: LockedImage): boolean =>
    imported.some(({ name, version }) => name === own.name && version === own.version);
  const defaults: Record<string, string> = { ...lock.defaults };
  const newestFirst = imported.toSorted((a, b) =>
    b.version.localeCompare(a.version, "en", { numeric: true }),
  );
  for (const { name } of newestFirst) {
    const component = componentOf(name);
    if (defaults[component] !== undefined) continue;
    const versions = newestFirst.filter((image) => image.name === name);
    const usual = versions.find(({ version }) => version === standard.defaults[component]);
    defaults[component] = (usual ?? versions[0])?.version ?? "";
  }
  const missing = standard.images.filter(
    ({ name, version }) =>
      defaults[componentOf(name)] === undefined && version === standard.defaults[componentOf(name)],
  );
  for (const { name, version } of missing) defaults[componentOf(name)] = version;
  const images = [
    ...lock.images.filter((own) => !isReplaced(own)),
    ...imported,
    ...missing.map(({ name, version, image }) => ({ name, version, image })),
  ];
  return { ...lock, defaults, images };
}

function split(reference: string): { repository: string; tag: string } {
  const [repository = "", tag = ""] = reference.split(/:(?=[^/]*$)/);
  return { repository, tag };
}
