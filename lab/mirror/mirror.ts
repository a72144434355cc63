import { chmod, link, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, recipeKey } from "../lib/cache.ts";
import { cacheDir, projectDir } from "../lib/paths.ts";
import { machineRootfs } from "../machines/rootfs.ts";
import { buildTools, type Report, type ToolName } from "../tools/build.ts";
import { addBuiltCrds } from "./crds.ts";
import { addBuiltFiles, builtFileTools, filesUrl } from "./files.ts";
import { addBuiltImage, imageRecipes, type BuiltImage } from "./images.ts";
import { componentOf, type ArtifactLock, type LockedFile, type LockedImage } from "./lock.ts";
import { hasNext, isNext } from "./next.ts";
import { OciStore } from "./oci-store.ts";
import { addOfficialImage } from "./official-images.ts";
import { addOfficialFile, askOrigins, officialComponents, type Origins } from "./official.ts";

/** A filled mirror, complete and unchanging. */
export interface MirrorStore {
  /** Holds `files/`, `registry/`, `lock.json`, and `bin/` with kubectl. */
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
  /** Components that are downloaded; the others are built. */
  readonly official: ReadonlySet<string>;
  readonly report: Report;
}

type Content = Pick<ArtifactLock, "files" | "images">;

/** What is downloaded, and what is built. */
export interface MirrorPlan {
  readonly lock: ArtifactLock;
  /** Components that are downloaded. */
  readonly official: ReadonlySet<string>;
  /** What is to be built for the others, and for the lab's own tests. */
  readonly tools: readonly ToolName[];
}

/**
 * Decides where each component is from: what all official addresses of a component answer for is downloaded, in the default
 * version of assets/versions.json; the rest is built from Go modules and Debian packages. Decided once per lock and kept in
 * the cache: a network that comes and goes must not exchange the programs of a running cluster.
 */
export async function planMirror(report: Report = () => undefined): Promise<MirrorPlan> {
  const { lock, key } = await standardLock();
  const decided = await cached(sourceArea, key, async (dir) => {
    report("asking the official addresses");
    const origins = await askOrigins(lock);
    const reasons = closed(origins);
    if (reasons.length > 0) report(`building what is not to be had (${reasons.join("; ")})`);
    await writeFile(join(dir, originsFile), `${JSON.stringify(origins, null, 2)}\n`);
  });
  const origins = JSON.parse(await readFile(join(decided, originsFile), "utf8")) as Origins;
  const official = officialComponents(lock, origins);
  return { lock, official, tools: toolsBeside(official) };
}

const sourceArea = "mirror-source";
const originsFile = "origins.json";

/** assets/versions.json with its defaults only, and the name of what was decided for it. */
async function standardLock(): Promise<{ lock: ArtifactLock; key: string }> {
  const text = await readFile(join(projectDir, "assets", "versions.json"), "utf8");
  return { lock: defaultsOf(JSON.parse(text) as ArtifactLock), key: recipeKey("origins", text) };
}

/** Hosts from which nothing could be downloaded when it was asked, each with why; null when nobody asked yet. */
export async function closedOrigins(): Promise<readonly string[] | null> {
  const { key } = await standardLock();
  const path = join(cacheDir, sourceArea, key, originsFile);
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? null : closed(JSON.parse(text) as Origins);
}

function closed(origins: Origins): readonly string[] {
  return Object.entries(origins).flatMap(([origin, why]) =>
    why === null ? [] : [`${new URL(origin).host}: ${why}`],
  );
}

/** The tools whose programs are in files and images that are not official. */
function toolsBeside(official: ReadonlySet<string>): readonly ToolName[] {
  const ofImages = builtImages(official).flatMap((name) => {
    const recipe = imageRecipes[name];
    return "tool" in recipe ? [recipe.tool] : [];
  });
  return [...new Set<ToolName>([...builtFileTools(official), ...ofImages])];
}

function builtImages(official: ReadonlySet<string>): readonly BuiltImage[] {
  const names = Object.keys(imageRecipes) as BuiltImage[];
  return names.filter((name) => !official.has(componentOf(name)));
}

/**
 * Fills the mirror as planned, and with the image of the lab's own tests, which is always built.
 * @throws ExecError from a build, or Error naming the artifact that could not be had
 */
export async function fillMirror(report: Report = () => undefined): Promise<MirrorStore> {
  const plan = await planMirror(report);
  const { lock, official } = plan;
  const tools = await buildTools(plan.tools, report);
  const rootfs = await machineRootfs(report);
  const key = recipeKey(
    ...[JSON.stringify(lock), [...official].sort().join(), rootfs],
    ...tools.values(),
    await ownSources(),
  );
  const dir = await cached("mirror", key, async (dir) => {
    const store = new OciStore(join(dir, "registry"));
    const draft = { dir, store, rootfs, tools, official, report };
    const downloaded = await download(draft, lock);
    const built = await build(draft);
    const content = {
      files: [...downloaded.files, ...built.files],
      images: [...downloaded.images, ...built.images],
    };
    await linkKubectl(dir, content.files);
    const filled = { checked: lock.checked, defaults: versionsOf(content), ...content };
    await writeFile(join(dir, "lock.json"), `${JSON.stringify(filled, null, 2)}\n`);
  });
  return { dir, lockPath: join(dir, "lock.json") };
}

async function build(draft: Draft): Promise<Content> {
  const { dir, store, rootfs, tools, official, report } = draft;
  const files: LockedFile[] = [];
  for (const tool of builtFileTools(official)) {
    report(`files of ${tool}`);
    files.push(...(await addBuiltFiles(dir, tool, tools.get(tool) ?? "")));
  }
  if (!official.has("cert-manager")) {
    files.push(await addBuiltCrds(dir, tools.get("cert-manager") ?? ""));
  }
  const images: LockedImage[] = [];
  for (const name of builtImages(official)) {
    report(`image ${name}`);
    images.push(await addBuiltImage(store, name, rootfs, tools));
  }
  return { files, images };
}

async function download(
  { dir, store, official, report }: Draft,
  lock: ArtifactLock,
): Promise<Content> {
  const isOfficial = ({ name }: { readonly name: string }) => official.has(componentOf(name));
  const files: LockedFile[] = [];
  for (const file of lock.files.filter(isOfficial)) {
    report(`downloading ${file.name} ${file.version}`);
    files.push(await addOfficialFile(dir, file));
  }
  const images: LockedImage[] = [];
  for (const image of lock.images.filter(isOfficial)) {
    report(`downloading image ${image.image}`);
    images.push(await addOfficialImage(store, image));
  }
  return { files, images };
}

/** The lab's shell has the cluster's kubectl: the one that hosts download. */
async function linkKubectl(dir: string, files: readonly LockedFile[]): Promise<void> {
  const kubectl = files.find((file) => file.name === "kubectl" && !isNext(file));
  if (kubectl === undefined) throw new Error("mirror: has no kubectl");
  const target = join(dir, "bin", "kubectl");
  await mkdir(join(dir, "bin"));
  await link(join(dir, "files", kubectl.url.slice(filesUrl.length)), target);
  await chmod(target, 0o755);
}

/** The lock with each component's default version, and the next of Kubernetes where it is asked for. */
export function defaultsOf(lock: ArtifactLock): ArtifactLock {
  const isWanted = (entry: { readonly name: string; readonly version: string }) =>
    lock.defaults[componentOf(entry.name)] === entry.version || (hasNext() && isNext(entry));
  return { ...lock, files: lock.files.filter(isWanted), images: lock.images.filter(isWanted) };
}

function versionsOf({ files, images }: Content): Record<string, string> {
  const entries = [...files, ...images].filter((entry) => !isNext(entry));
  return Object.fromEntries(entries.map(({ name, version }) => [componentOf(name), version]));
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
