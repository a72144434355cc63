import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, recipeKey } from "../lib/cache.ts";
import { projectDir } from "../lib/paths.ts";
import { machineRootfs } from "../machines/rootfs.ts";
import { buildTool, type Report, type ToolName } from "../tools/build.ts";
import { addBuiltCrds } from "./crds.ts";
import { addBuiltFiles, fileTools } from "./files.ts";
import { addBuiltImage, imageRecipes, type BuiltImage } from "./images.ts";
import { componentOf, type ArtifactLock, type LockedFile, type LockedImage } from "./lock.ts";
import { OciStore } from "./oci-store.ts";
import { addOfficialImage } from "./official-images.ts";
import { addOfficialFile, officialReachable } from "./official.ts";

/** A filled mirror, complete and unchanging. */
export interface MirrorStore {
  /** Holds `files/`, `registry/` and `lock.json`. */
  readonly dir: string;
  /** Lock of what is in it, in the form of assets/versions.json. */
  readonly lockPath: string;
}

/** Where `add…` functions put things, and what they make them of. */
interface Draft {
  readonly dir: string;
  readonly store: OciStore;
  readonly rootfs: string;
  readonly tools: ReadonlyMap<ToolName, string>;
  readonly report: Report;
}

type Content = Pick<ArtifactLock, "files" | "images">;

/** The image of the lab's own tests; it is never in assets/versions.json. */
const testImage: BuiltImage = "hardway-test";

/**
 * Fills the mirror: with the default versions of assets/versions.json when all their official addresses answer, else
 * with what is built from Go modules and Debian packages; and with the image of the lab's own tests.
 * @throws ExecError from a build, or Error naming the artifact that could not be had
 */
export async function fillMirror(report: Report = () => undefined): Promise<MirrorStore> {
  const text = await readFile(join(projectDir, "assets", "versions.json"), "utf8");
  const lock = defaultsOf(JSON.parse(text) as ArtifactLock);
  const isOfficial = await decideSource(text, lock, report);
  const tools = await buildTools(isOfficial ? [testImage] : allImages, !isOfficial, report);
  const rootfs = await machineRootfs(report);
  const key = recipeKey(text, `${isOfficial}`, rootfs, ...tools.values(), await ownSources());
  const dir = await cached("mirror", key, async (dir) => {
    const draft = { dir, store: new OciStore(join(dir, "registry")), rootfs, tools, report };
    const content = isOfficial ? await download(draft, lock) : await build(draft);
    const filled = { checked: lock.checked, defaults: versionsOf(content), ...content };
    await writeFile(join(dir, "lock.json"), `${JSON.stringify(filled, null, 2)}\n`);
  });
  return { dir, lockPath: join(dir, "lock.json") };
}

/**
 * Decided once per lock and kept in the cache: a network that comes and goes must not exchange the programs of a
 * running cluster.
 */
async function decideSource(text: string, lock: ArtifactLock, report: Report): Promise<boolean> {
  const decided = await cached("mirror-source", recipeKey(text), async (dir) => {
    report("asking the official addresses");
    const isOfficial = await officialReachable(lock);
    report(isOfficial ? "downloading from official addresses" : "no way there: building instead");
    await writeFile(join(dir, isOfficial ? "official" : "built"), "");
  });
  return (await readdir(decided)).includes("official");
}

const allImages = Object.keys(imageRecipes) as BuiltImage[];

async function buildTools(
  images: readonly BuiltImage[],
  withFiles: boolean,
  report: Report,
): Promise<Map<ToolName, string>> {
  const ofImages = images.flatMap((name) => {
    const recipe = imageRecipes[name];
    return "tool" in recipe ? [recipe.tool] : [];
  });
  const tools = new Map<ToolName, string>();
  for (const name of new Set([...(withFiles ? fileTools : []), ...ofImages])) {
    tools.set(name, await buildTool(name, report));
  }
  return tools;
}

async function build({ dir, store, rootfs, tools, report }: Draft): Promise<Content> {
  const files: LockedFile[] = [];
  for (const tool of fileTools) {
    report(`files of ${tool}`);
    files.push(...(await addBuiltFiles(dir, tool, tools.get(tool) ?? "")));
  }
  files.push(await addBuiltCrds(dir, tools.get("cert-manager") ?? ""));
  const images: LockedImage[] = [];
  for (const name of allImages) {
    report(`image ${name}`);
    images.push(await addBuiltImage(store, name, rootfs, tools));
  }
  return { files, images };
}

async function download(
  { dir, store, rootfs, tools, report }: Draft,
  lock: ArtifactLock,
): Promise<Content> {
  const files: LockedFile[] = [];
  for (const file of lock.files) {
    report(`downloading ${file.name} ${file.version}`);
    files.push(await addOfficialFile(dir, file));
  }
  const images: LockedImage[] = [];
  for (const image of lock.images) {
    report(`downloading image ${image.image}`);
    images.push(await addOfficialImage(store, image));
  }
  images.push(await addBuiltImage(store, testImage, rootfs, tools));
  return { files, images };
}

/** The lock with one version per name: each component's default. */
export function defaultsOf(lock: ArtifactLock): ArtifactLock {
  const isDefault = ({ name, version }: { readonly name: string; readonly version: string }) =>
    lock.defaults[componentOf(name)] === version;
  return { ...lock, files: lock.files.filter(isDefault), images: lock.images.filter(isDefault) };
}

function versionsOf({ files, images }: Content): Record<string, string> {
  return Object.fromEntries(
    [...files, ...images].map(({ name, version }) => [componentOf(name), version]),
  );
}

/** Sources that only hand on what is in a mirror, or work beside it. */
const notFilling = [
  "archive.ts",
  "imported.ts",
  "publish.ts",
  "registry.ts",
  "send-file.ts",
  "serve.ts",
];

/** A change in how the mirror is filled is a new mirror. */
async function ownSources(): Promise<string> {
  const all = await readdir(import.meta.dirname);
  const names = all.filter((name) => !notFilling.includes(name)).sort();
  const texts = names.map((name) => readFile(join(import.meta.dirname, name), "utf8"));
  return (await Promise.all(texts)).join("");
}
