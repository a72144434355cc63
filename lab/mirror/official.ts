import { link, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cached } from "../lib/cache.ts";
import { downloadFile, whyUnreachable } from "../lib/download.ts";
import { crdsName, crdsPath } from "./crds.ts";
import { filesUrl } from "./files.ts";
import {
  type ArtifactLock,
  componentOf,
  hostArchitecture,
  type LockedFile,
  type LockedImage,
} from "./lock.ts";

/** Where artifacts officially are → why nothing can be downloaded from there; null when it can. */
export type Origins = Readonly<Record<string, string | null>>;

/** Asks every origin of the lock by itself: a host of files for its first file, a registry whether it is one. */
export async function askOrigins(lock: ArtifactLock): Promise<Origins> {
  const files = lock.files.map((file) => [originOf(file), forHost(file.url)] as const);
  const registries = lock.images.map(
    (image) => [originOf(image), `${originOf(image)}/v2/`] as const,
  );
  const asked = new Map([...files.toReversed(), ...registries]);
  const answers = [...asked].map(async ([origin, url]) => {
    // a registry that wants a token first answers 401
    return [origin, await whyUnreachable(url, [401])] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/**
 * Components of the lock that are downloaded: those with every origin open. Programs and images of one component must be of
 * one version, and what is built here is not always of the version in the lock; so it is all of a component or none.
 */
export function officialComponents(lock: ArtifactLock, origins: Origins): ReadonlySet<string> {
  const all = [...lock.files, ...lock.images];
  const closed = all.filter((entry) => origins[originOf(entry)] !== null);
  const official = new Set(all.map(({ name }) => componentOf(name)));
  for (const { name } of closed) official.delete(componentOf(name));
  return official;
}

function originOf(entry: LockedFile | LockedImage): string {
  return "url" in entry
    ? new URL(forHost(entry.url)).origin
    : `https://${registryHost(entry.image)}`;
}

function forHost(text: string): string {
  return text.replaceAll("{arch}", hostArchitecture());
}

/** Host that serves a registry; Docker Hub's has a name of its own. */
export function registryHost(image: string): string {
  const host = image.slice(0, image.indexOf("/"));
  return host === "docker.io" ? "registry-1.docker.io" : host;
}

/**
 * Downloads a file of the lock into `<dir>/files` and checks it.
 * @returns its entry for the mirror's lock
 * @throws Error naming the URL when it is not there or its sha256 differs
 */
export async function addOfficialFile(dir: string, file: LockedFile): Promise<LockedFile> {
  const architecture = hostArchitecture();
  const url = forHost(file.url);
  const wanted = file.sha256[architecture];
  if (wanted === undefined) throw new Error(`${file.name}: no sha256 for ${architecture}`);
  const downloaded = await cached("downloads", wanted, async (draft) => {
    await downloadFile(url, wanted, join(draft, "file"), "the lock");
  });
  const { host, pathname } = new URL(url);
  const path = host + pathname; // where any mirror has a file of the standard lock
  const target = join(dir, "files", path);
  await mkdir(dirname(target), { recursive: true });
  await link(join(downloaded, "file"), target);
  return {
    ...file,
    url: `${filesUrl}/${path}`,
    sha256: file.url.includes("{arch}") ? { [architecture]: wanted } : file.sha256,
    ...(file.name === crdsName ? { path: crdsPath } : {}),
    ...(file.members ? { members: mapValues(file.members, forHost) } : {}),
  };
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
