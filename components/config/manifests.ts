import type { Download, Manifests } from "../facts/artifacts.ts";
import { sha256 } from "../lib/hash.ts";
import type { Problems } from "./problems.ts";

const timeoutMs = 60_000;

/**
 * Downloads the files that the program itself reads, and checks them against the lock. What cannot be had is reported.
 * Each is small, and read anew every time: a preview with another file than the lock's would show nothing of use.
 */
export async function readManifests(
  downloads: readonly Download[],
  problems: Problems,
): Promise<Manifests> {
  const texts = await Promise.all(downloads.map((download) => readManifest(download, problems)));
  return Object.fromEntries(downloads.map(({ name }, index) => [name, texts[index] ?? ""]));
}

async function readManifest(
  { name, version, url, sha256: want }: Download,
  problems: Problems,
): Promise<string> {
  const add = (wrong: string, fix: string) => {
    problems.add("artifacts.lock", { wrong: `${name} ${version} ${wrong}`, got: url, fix });
    return "";
  };
  let text: string;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok)
      return add(`answers HTTP ${response.status}`, "put it there, or set artifacts.mirror");
    text = await response.text();
  } catch (error) {
    return add(
      `cannot be downloaded (${reasonOf(error)})`,
      "look at the network, or set artifacts.mirror",
    );
  }
  if (sha256(text) === want) return text;
  return add("is not the file that the lock names", `serve the one with sha256 ${want}`);
}

/** Why a request got no answer; `fetch` itself only says that it failed. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
