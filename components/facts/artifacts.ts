import * as v from "valibot";

/** CPU architectures that the artifact lock knows, by Go's names. */
export type Architecture = "amd64" | "arm64";

/** One file for one architecture, as a host downloads it. */
export interface Download {
  /** Name in the lock, e.g. `kubelet` or `cni-plugins`. */
  readonly name: string;
  /** Version without a leading v. */
  readonly version: string;
  readonly architecture: Architecture;
  /** Where the host downloads it: the mirror when the stack has one, else the official URL. */
  readonly url: string;
  /** 64 lowercase hex digits; checked before the file is used. */
  readonly sha256: string;
  /** Program to its path inside the archive; empty when the download is the program itself. */
  readonly members: Readonly<Record<string, string>>;
}

/** One container image, as a pod names it. */
export interface ImageRef {
  /** Name in the lock, e.g. `coredns`. */
  readonly name: string;
  /** Version without a leading v. */
  readonly version: string;
  /** What goes into `image:`: repository, tag and, when the lock has it, digest. */
  readonly reference: string;
}

/** Texts of the files that the program itself reads, by their names in the lock. */
export type Manifests = Readonly<Record<string, string>>;

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "not 64 lowercase hex digits"));
const version = v.pipe(v.string(), v.regex(/^\d[\w.+-]*$/, "not a version without a leading v"));

const lockSchema = v.object({
  checked: v.string(),
  defaults: v.record(v.string(), version),
  files: v.array(
    v.object({
      name: v.string(),
      version,
      url: v.pipe(v.string(), v.regex(/^https?:\/\/\S+$/, "not an http or https URL")),
      sha256: v.object({ amd64: v.optional(sha256), arm64: v.optional(sha256) }),
      members: v.optional(v.record(v.string(), v.string()), {}),
    }),
  ),
  images: v.array(
    v.object({
      name: v.string(),
      version,
      image: v.string(),
      digest: v.optional(
        v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/, "not sha256: and 64 hex digits")),
      ),
    }),
  ),
});

/**
 * Every binary and image that may be used, with its checksum. `{arch}` in `url` and `members` stands for
 * the architecture. `defaults` has the version of each component that a stack gets when it says nothing.
 */
export type ArtifactLock = v.InferOutput<typeof lockSchema>;

/**
 * Reads a lock such as assets/versions.json.
 * @throws SyntaxError with one line that says where and what when it is no lock
 */
export function parseLock(text: string): ArtifactLock {
  const result = v.safeParse(lockSchema, JSON.parse(text));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new SyntaxError(`${v.getDotPath(issue) ?? "its root"}: ${issue.message}`);
}

/** A file of the lock for one architecture, whatever its version. */
export interface WantedFile {
  readonly name: string;
  readonly architecture: Architecture;
}

function findFile(lock: ArtifactLock, name: string, version: string) {
  return lock.files.find((file) => file.name === name && file.version === version);
}

/**
 * One file of the lock, ready to download; null when the lock does not have it for this architecture.
 * @param mirror - base URL without a slash at its end; null for the official URL
 */
export function resolveFile(
  lock: ArtifactLock,
  { name, version, architecture }: WantedFile & { readonly version: string },
  mirror: string | null,
): Download | null {
  const file = findFile(lock, name, version);
  const sha256 = file?.sha256[architecture];
  if (file === undefined || sha256 === undefined) return null;
  const forArchitecture = (text: string) => text.replaceAll("{arch}", architecture);
  const members = Object.entries(file.members)
    .map(([program, path]) => [program, forArchitecture(path)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name,
    version,
    architecture,
    url: mirrored(forArchitecture(file.url), mirror),
    sha256,
    members: Object.fromEntries(members),
  };
}

/**
 * Where a mirror has a file: below `/files/` under the host and path of its official URL. A lock that was
 * written by the mirror names the mirror's own URLs, which stay as they are.
 */
export function mirrored(url: string, mirror: string | null): string {
  if (mirror === null || url.startsWith(`${mirror}/`)) return url;
  return `${mirror}/files/${url.replace(/^https?:\/\//, "")}`;
}

/** One image of the lock; null when the lock does not have it. The registry mirror keeps its name. */
export function resolveImage(lock: ArtifactLock, name: string, version: string): ImageRef | null {
  const found = lock.images.find((image) => image.name === name && image.version === version);
  if (found === undefined) return null;
  const reference = found.digest === undefined ? found.image : `${found.image}@${found.digest}`;
  return { name, version, reference };
}

/**
 * What goes into `image:` for an image of the lock.
 * @throws Error when the cluster does not use it
 */
export function imageNamed(images: readonly ImageRef[], name: string): string {
  const found = images.find((image) => image.name === name);
  if (found === undefined) throw new Error(`artifacts: the cluster does not use the image ${name}`);
  return found.reference;
}
