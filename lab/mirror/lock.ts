/** An artifact lock: `assets/versions.json`, and what the mirror writes for itself. */
export interface ArtifactLock {
  /** Day on which somebody last compared the entries with their sources, YYYY-MM-DD. */
  readonly checked: string;
  /** Component → version that a stack gets when it names none. */
  readonly defaults: Readonly<Record<string, string>>;
  readonly files: readonly LockedFile[];
  readonly images: readonly LockedImage[];
}

/** CPU architecture as Go, Kubernetes and OCI write it. */
export type Architecture = "amd64" | "arm64";

/**
 * One file: a program or an archive of programs that hosts download, or text that the program reads.
 * `{arch}` in `url` and `members` is the architecture; a file whose URL has none is the same for all.
 */
export interface LockedFile {
  readonly name: string;
  /** Without a leading v. */
  readonly version: string;
  readonly url: string;
  /** 64 lowercase hex digits per architecture. */
  readonly sha256: Readonly<Partial<Record<Architecture, string>>>;
  /** Program → its path in the archive, which is a gzipped tar; absent: the download is the program. */
  readonly members?: Readonly<Record<string, string>>;
  /** Where the project has a copy of it, relative to its root; only in a lock that the mirror wrote. */
  readonly path?: string;
}

/** One container image. */
export interface LockedImage {
  readonly name: string;
  readonly version: string;
  /** Registry, repository and tag, written in full. */
  readonly image: string;
  /** `sha256:…` of the manifest or index behind the tag; absent: no public source was found. */
  readonly digest?: string;
}

/** Component whose version decides an entry, e.g. kubernetes for kubelet. */
export function componentOf(name: string): string {
  if (name.startsWith("kube")) return "kubernetes";
  if (name === "flanneld") return "flannel";
  if (name.startsWith("cert-manager-")) return "cert-manager";
  return name;
}

/** The architecture of this machine, which is the only one a lab needs. */
export function hostArchitecture(): Architecture {
  return process.arch === "arm64" ? "arm64" : "amd64";
}
