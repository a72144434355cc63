import { createWriteStream } from "node:fs";
import { link, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cached } from "../lib/cache.ts";
import { crdsName, crdsPath } from "./crds.ts";
import { filesUrl, sha256Of } from "./files.ts";
import { hostArchitecture, type ArtifactLock, type LockedFile } from "./lock.ts";

/** How long a host may take to answer before it counts as not reachable, in milliseconds. */
const answerTimeout = 3_000;

/**
 * Whether every official address can be reached, so that artifacts need not be built.
 *
 * One decision for the whole lock: programs and images of one component must be of one version, and what is
 * built here is not always of the version in the lock.
 */
export async function officialReachable(lock: ArtifactLock): Promise<boolean> {
  const urls = [
    ...lock.files.map(({ url }) => new URL(url.replaceAll("{arch}", hostArchitecture())).origin),
    ...lock.images.map(({ image }) => `https://${registryHost(image)}/v2/`),
  ];
  const answers = [...new Set(urls)].map(async (url) => {
    const signal = AbortSignal.timeout(answerTimeout);
    await fetch(url, { method: "HEAD", redirect: "manual", signal });
  });
  return (await Promise.allSettled(answers)).every(({ status }) => status === "fulfilled");
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
  const forHost = (text: string): string => text.replaceAll("{arch}", architecture);
  const url = forHost(file.url);
  const wanted = file.sha256[architecture];
  if (wanted === undefined) throw new Error(`${file.name}: no sha256 for ${architecture}`);
  const downloaded = await cached("downloads", wanted, async (draft) => {
    await download(url, wanted, join(draft, "file"));
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

async function download(url: string, sha256: string, target: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) {
    throw new Error(`${url}: not to be had, got HTTP ${response.status}`);
  }
  await pipeline(Readable.fromWeb(response.body), createWriteStream(target));
  const got = await sha256Of(target);
  if (got !== sha256) {
    throw new Error(`${url}: wrong sha256, got ${got}; the lock says ${sha256}`);
  }
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
