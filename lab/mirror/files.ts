import { createWriteStream } from "node:fs";
import { link, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { sha256Of } from "../lib/download.ts";
import { recipes } from "../tools/recipes.ts";
import { hostArchitecture, type LockedFile } from "./lock.ts";
import { hasNext } from "./next.ts";
import { tar, type TarEntry } from "./tar.ts";

/** Address of the mirror's files in every lab; what the mirror's lock is written with. */
export const filesUrl = "http://10.240.0.1:8080/files";

/** Tools whose programs hosts download. */
const fileTools = ["kubernetes", "etcd", "containerd", "runc", "cni-plugins", "flannel"] as const;

export type FileTool = (typeof fileTools)[number] | "kubernetes-next";

/** Those of them that are built: the rest is official. */
export function builtFileTools(official: ReadonlySet<string>): readonly FileTool[] {
  const tools = fileTools.filter((tool) => !official.has(tool));
  return hasNext() && !official.has("kubernetes") ? [...tools, "kubernetes-next"] : tools;
}

/** Tools of which one download brings all programs, as upstream's archives do. */
const archives: readonly FileTool[] = ["etcd", "containerd", "cni-plugins"];

/** Programs of a tool that no host needs by themselves. */
const notForHosts: readonly string[] = ["install-conf"];

/**
 * Puts what was built into `<dir>/files`.
 * @param toolDir - directory with the tool's programs in `bin/`
 * @returns what to write into the mirror's lock
 */
export async function addBuiltFiles(
  dir: string,
  tool: FileTool,
  toolDir: string,
): Promise<LockedFile[]> {
  const { version, mains } = recipes[tool];
  const programs = Object.keys(mains).filter((name) => !notForHosts.includes(name));
  if (archives.includes(tool)) return [await addArchive(dir, tool, version, toolDir, programs)];
  const files: LockedFile[] = [];
  for (const program of programs) {
    const path = `${tool}-${version}/${program}`;
    const target = join(dir, "files", path);
    await mkdir(dirname(target), { recursive: true });
    await link(join(toolDir, "bin", program), target); // both are in the cache: no copy
    files.push(await lockedFile(target, path, program, version));
  }
  return files;
}

async function addArchive(
  dir: string,
  tool: FileTool,
  version: string,
  toolDir: string,
  programs: readonly string[],
): Promise<LockedFile> {
  const path = `${tool}-${version}/${tool}-${version}.tar`;
  const target = join(dir, "files", path);
  const entries = programs.map((name): TarEntry => ({
    path: name,
    kind: "file",
    from: join(toolDir, "bin", name),
  }));
  await mkdir(dirname(target), { recursive: true });
  // an archive as upstream has, but not compressed: beside the host, packing costs more than sending
  await pipeline(tar(entries), createWriteStream(target));
  const members = Object.fromEntries(programs.map((name) => [name, name]));
  return { ...(await lockedFile(target, path, tool, version)), members };
}

async function lockedFile(
  file: string,
  path: string,
  name: string,
  version: string,
): Promise<LockedFile> {
  const sha256 = { [hostArchitecture()]: await sha256Of(file) };
  return { name, version, url: `${filesUrl}/${path}`, sha256 };
}
